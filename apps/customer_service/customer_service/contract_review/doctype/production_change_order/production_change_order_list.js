frappe.listview_settings["Production Change Order"] = {
	hide_name_column: false,
	onload: (list) => customer_service.print_many(list),

	get_indicator: (row) => [__(row.status), row.status === "Received" ? "green" : "orange", `status,=,${row.status}`],
};
