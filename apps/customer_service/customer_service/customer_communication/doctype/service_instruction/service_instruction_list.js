frappe.listview_settings["Service Instruction"] = {
	add_fields: ["workflow_state", "state_category", "due_at"],
	get_indicator(doc) {
		if (!doc.workflow_state) return; // a quick list of a workspace has not fetched it
		const colours = { Open: "blue", Waiting: "orange", Resolved: "green", Closed: "grey", Cancelled: "grey" };
		return [__(doc.workflow_state), colours[doc.state_category], `workflow_state,=,${doc.workflow_state}`];
	},
	onload: (list) => customer_service.print_many(list),
};
