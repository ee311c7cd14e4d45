frappe.listview_settings["Controlled Form Version"] = {
	hide_name_column: false,
	get_indicator(doc) {
		const colours = {
			Draft: "grey",
			Approved: "blue",
			"In Force": "green",
			Superseded: "orange",
			Withdrawn: "red",
		};
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
