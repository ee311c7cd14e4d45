frappe.listview_settings["Customer Property"] = {
	add_fields: ["workflow_state", "state_category", "open_events"],
	hide_name_column: false,
	onload: (list) => customer_service.print_many(list),

	get_indicator: (doc) => customer_service.state_indicator(doc, doc.open_events > 0),
};
