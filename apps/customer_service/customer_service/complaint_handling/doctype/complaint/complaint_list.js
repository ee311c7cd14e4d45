frappe.listview_settings["Complaint"] = {
	add_fields: ["workflow_state", "state_category", "resolution_breached"],
	hide_name_column: false,
	onload: (list) => customer_service.print_many(list),
	// Day and time are enough in a list, and the year would push them out of the column.
	formatters: {
		resolution_due: (value) => (value ? value.slice(5, 16) : ""),
	},

	get_indicator(doc) {
		if (!doc.workflow_state) return; // a quick list of a workspace has not fetched it
		const colours = { Open: "blue", Waiting: "orange", Resolved: "green", Closed: "grey", Cancelled: "grey" };
		const running = ["Open", "Waiting"].includes(doc.state_category);
		const colour = running && doc.resolution_breached ? "red" : colours[doc.state_category];
		return [__(doc.workflow_state), colour, `workflow_state,=,${doc.workflow_state}`];
	},
};
