frappe.listview_settings["Record Disposal"] = {
	add_fields: ["workflow_state", "state_category"],

	get_indicator(doc) {
		if (!doc.workflow_state) return;
		const colours = { Open: "blue", Waiting: "orange", Resolved: "green", Closed: "grey", Cancelled: "grey" };
		return [__(doc.workflow_state), colours[doc.state_category], `workflow_state,=,${doc.workflow_state}`];
	},
};
