frappe.query_reports["Delivery Performance"] = customer_service.figures_report([
	...customer_service.figures_filters(12).slice(0, 2),
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
]);
