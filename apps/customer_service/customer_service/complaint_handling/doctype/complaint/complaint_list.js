frappe.listview_settings["Complaint"] = {
	add_fields: ["state_category", "response_breached", "resolution_breached", "resolution_due", "is_major"],
	hide_name_column: false,

	get_indicator(doc) {
		const colours = { Open: "blue", Waiting: "orange", Resolved: "green", Closed: "grey", Cancelled: "grey" };
		const running = ["Open", "Waiting"].includes(doc.state_category);
		const colour = running && doc.resolution_breached ? "red" : colours[doc.state_category];
		return [__(doc.workflow_state), colour, `workflow_state,=,${doc.workflow_state}`];
	},
};
