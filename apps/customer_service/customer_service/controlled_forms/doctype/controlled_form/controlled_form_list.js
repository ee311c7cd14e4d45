frappe.listview_settings["Controlled Form"] = {
	hide_name_column: false,
	get_indicator(doc) {
		const colours = { Draft: "grey", "In Force": "green", Withdrawn: "red" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
