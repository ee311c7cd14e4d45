frappe.listview_settings["Manufacturing Order"] = {
	add_fields: ["workflow_state", "state_category", "planned_finish"],
	hide_name_column: false,
	onload: (list) => customer_service.print_many(list),

	get_indicator: (doc) =>
		customer_service.state_indicator(doc, doc.planned_finish && doc.planned_finish < frappe.datetime.get_today()),
};
