frappe.query_reports["Customer Property Register"] = customer_service.figures_report([
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
	{ fieldname: "property_type", label: __("Property Type"), fieldtype: "Link", options: "Property Type" },
	{ fieldname: "place", label: __("Storage Place"), fieldtype: "Link", options: "Storage Place" },
	{ fieldname: "department", label: __("Keeping Department"), fieldtype: "Link", options: "Service Department" },
	{ fieldname: "with_ended", label: __("With What Has Left"), fieldtype: "Check" },
]);
