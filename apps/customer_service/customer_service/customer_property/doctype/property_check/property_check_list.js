frappe.listview_settings["Property Check"] = {
	add_fields: ["workflow_state", "state_category", "due_on"],
	hide_name_column: false,
	onload: (list) => customer_service.print_many(list),

	get_indicator: (doc) => customer_service.state_indicator(doc, doc.due_on < frappe.datetime.get_today()),
};
