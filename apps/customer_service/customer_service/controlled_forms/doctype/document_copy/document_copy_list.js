frappe.listview_settings["Document Copy"] = {
	add_fields: ["state"],

	get_indicator(doc) {
		const colours = { Issued: "blue", Received: "green", "Recall Requested": "orange", Lost: "red" };
		return [__(doc.state), colours[doc.state] || "grey", `state,=,${doc.state}`];
	},
};
