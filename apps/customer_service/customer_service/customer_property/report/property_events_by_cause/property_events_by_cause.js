frappe.query_reports["Property Events by Cause"] = customer_service.figures_report([
	...customer_service.figures_filters(12).slice(0, 2),
	{ fieldname: "kind", label: __("Kind of Abnormality"), fieldtype: "Link", options: "Property Event Kind" },
	{ fieldname: "department", label: __("Reporting Department"), fieldtype: "Link", options: "Service Department" },
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
]);
