frappe.listview_settings["Shipping Notice"] = {
	add_fields: ["workflow_state", "state_category", "planned_ship_date", "shipped_on"],
	hide_name_column: false,
	onload: (list) => customer_service.print_many(list),

	get_indicator: (doc) =>
		customer_service.state_indicator(
			doc,
			!doc.shipped_on && doc.planned_ship_date && doc.planned_ship_date < frappe.datetime.get_today(),
		),
};
