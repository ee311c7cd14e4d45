frappe.query_reports["Complaint Causes"] = customer_service.figures_report([
	...customer_service.figures_filters(12),
	{ fieldname: "justified_only", label: __("Justified Ones Only"), fieldtype: "Check" },
]);
