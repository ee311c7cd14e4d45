frappe.query_reports["Property Ledger"] = customer_service.figures_report([
	...customer_service.figures_filters(1).slice(0, 2),
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
	{ fieldname: "customer_property", label: __("Customer Property"), fieldtype: "Link", options: "Customer Property" },
	{ fieldname: "place", label: __("Storage Place"), fieldtype: "Link", options: "Storage Place" },
]);
