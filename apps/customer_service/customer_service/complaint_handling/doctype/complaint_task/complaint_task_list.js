frappe.listview_settings["Complaint Task"] = {
	add_fields: ["workflow_state", "state_category", "is_late", "due_at"],
	onload: (list) => customer_service.print_many(list),

	// The form's title shows it too; a late one keeps its state and is red.
	get_indicator(doc) {
		if (!doc.workflow_state) return;
		const colours = { Open: "blue", Waiting: "orange", Resolved: "green", Closed: "grey", Cancelled: "grey" };
		const running = ["Open", "Waiting"].includes(doc.state_category);
		const colour = running && doc.is_late ? "red" : colours[doc.state_category];
		return [__(doc.workflow_state), colour, `workflow_state,=,${doc.workflow_state}`];
	},
};
