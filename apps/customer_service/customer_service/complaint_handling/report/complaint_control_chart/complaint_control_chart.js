frappe.query_reports["Complaint Control Chart"] = customer_service.figures_report([
	...customer_service.figures_filters(24),
	{ fieldname: "cause_category", label: __("Cause Category"), fieldtype: "Link", options: "Complaint Cause" },
	{ fieldname: "base", label: __("Months That Judge a Month"), fieldtype: "Int", default: 12 },
	{ fieldname: "least", label: __("Least Number of Them"), fieldtype: "Int", default: 6 },
]);
