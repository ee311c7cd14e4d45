frappe.listview_settings["Service Instruction"] = {
	add_fields: ["workflow_state", "state_category", "due_at"],
	get_indicator: (doc) => customer_service.state_indicator(doc),
	onload: (list) => customer_service.print_many(list),
};
