frappe.query_reports["Improvements Overdue"] = {
	filters: [
		{
			fieldname: "as_of",
			label: __("As of"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
		},
		{
			fieldname: "department",
			label: __("Department"),
			fieldtype: "Link",
			options: "Service Department",
		},
		{
			fieldname: "what",
			label: __("What Is Late"),
			fieldtype: "Select",
			options: customer_service.choices(["Implementation", "Action", "Effectiveness Check"]),
		},
	],
};
