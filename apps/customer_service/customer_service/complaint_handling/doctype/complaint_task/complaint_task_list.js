frappe.listview_settings["Complaint Task"] = {
	add_fields: ["workflow_state", "state_category", "is_late", "due_at"],
	onload: (list) => customer_service.print_many(list),

	// The form's title shows it too; a late one keeps its state and is red.
	get_indicator: (doc) => customer_service.state_indicator(doc, doc.is_late),
};
