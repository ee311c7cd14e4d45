frappe.query_reports["Department Workload"] = customer_service.figures_report([
	{ fieldname: "department", label: __("Department"), fieldtype: "Link", options: "Service Department" },
	{ fieldname: "person", label: __("Assigned To"), fieldtype: "Link", options: "User" },
]);
