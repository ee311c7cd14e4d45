frappe.listview_settings["Contract Review"] = {
	add_fields: ["workflow_state", "state_category", "currency"],
	hide_name_column: false,
	onload: (list) => customer_service.print_many(list),

	get_indicator: (doc) => customer_service.state_indicator(doc),
};
