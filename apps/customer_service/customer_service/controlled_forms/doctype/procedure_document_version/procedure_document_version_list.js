frappe.listview_settings["Procedure Document Version"] = {
	add_fields: ["workflow_state", "state_category"],
	hide_name_column: false,

	get_indicator(doc) {
		if (!doc.workflow_state) return;
		const colours = { Open: "blue", Waiting: "orange", Resolved: "green", Closed: "grey", Cancelled: "red" };
		return [__(doc.workflow_state), colours[doc.state_category], `workflow_state,=,${doc.workflow_state}`];
	},
};
