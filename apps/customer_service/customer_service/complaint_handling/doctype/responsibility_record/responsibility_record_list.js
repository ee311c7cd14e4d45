frappe.listview_settings["Responsibility Record"] = {
	add_fields: ["workflow_state", "state_category"],
	hide_name_column: false,

	get_indicator: (doc) => customer_service.state_indicator(doc),
};
