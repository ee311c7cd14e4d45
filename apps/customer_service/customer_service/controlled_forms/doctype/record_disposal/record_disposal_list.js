frappe.listview_settings["Record Disposal"] = {
	add_fields: ["workflow_state", "state_category"],

	get_indicator: (doc) => customer_service.state_indicator(doc),
};
