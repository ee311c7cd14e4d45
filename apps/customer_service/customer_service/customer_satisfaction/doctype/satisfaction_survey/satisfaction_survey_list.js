frappe.listview_settings["Satisfaction Survey"] = {
	add_fields: ["workflow_state", "state_category"],
	hide_name_column: false,
	onload: (list) => customer_service.print_many(list),

	get_indicator: (doc) => customer_service.state_indicator(doc),
};
