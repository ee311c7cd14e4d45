frappe.listview_settings["Improvement"] = {
	add_fields: ["workflow_state", "state_category", "due_on", "implemented_at", "effectiveness_due_on"],
	hide_name_column: false,
	onload: (list) => customer_service.print_many(list),

	get_indicator(doc) {
		if (!doc.workflow_state) return; // a quick list of a workspace has not fetched it
		const colours = { Open: "blue", Waiting: "orange", Resolved: "green", Closed: "grey", Cancelled: "grey" };
		const today = frappe.datetime.get_today();
		const running = !["Closed", "Cancelled"].includes(doc.state_category);
		const due = doc.implemented_at ? doc.effectiveness_due_on : doc.due_on;
		const colour = running && due && due < today ? "red" : colours[doc.state_category];
		return [__(doc.workflow_state), colour, `workflow_state,=,${doc.workflow_state}`];
	},
};
