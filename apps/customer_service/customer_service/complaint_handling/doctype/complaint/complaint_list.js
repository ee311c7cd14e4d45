frappe.listview_settings["Complaint"] = {
	add_fields: ["workflow_state", "state_category", "resolution_breached"],
	hide_name_column: false,
	onload: (list) => customer_service.print_many(list),
	// Day and time are enough in a list, and the year would push them out of the column.
	formatters: {
		resolution_due: (value) => (value ? value.slice(5, 16) : ""),
	},

	get_indicator: (doc) => customer_service.state_indicator(doc, doc.resolution_breached),
};
