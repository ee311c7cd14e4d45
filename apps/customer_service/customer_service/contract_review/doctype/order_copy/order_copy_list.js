frappe.listview_settings["Order Copy"] = {
	hide_name_column: true, // a checksum

	get_indicator(row) {
		const colours = { Issued: "orange", Received: "green", "Recall Requested": "red" };
		return [__(row.status), colours[row.status] || "grey", `status,=,${row.status}`];
	},
};
