frappe.listview_settings["Procedure Document"] = {
	add_fields: ["status"],

	get_indicator(doc) {
		const colours = { "In Preparation": "blue", "In Force": "green", Withdrawn: "red" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
