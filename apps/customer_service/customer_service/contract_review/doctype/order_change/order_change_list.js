frappe.listview_settings["Order Change"] = {
	add_fields: ["state_category", "workflow_state"],
	hide_name_column: false,
	onload: (list) => customer_service.print_many(list),

	get_indicator: (doc) => customer_service.state_indicator(doc),
};
