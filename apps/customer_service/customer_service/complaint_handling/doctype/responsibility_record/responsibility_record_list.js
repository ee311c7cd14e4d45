frappe.listview_settings["Responsibility Record"] = {
	add_fields: ["workflow_state", "state_category"],
	hide_name_column: false,

	get_indicator(doc) {
		if (!doc.workflow_state) return;
		const colours = { Open: "blue", Waiting: "orange", Resolved: "green", Closed: "grey", Cancelled: "grey" };
		return [__(doc.workflow_state), colours[doc.state_category], `workflow_state,=,${doc.workflow_state}`];
	},
};
