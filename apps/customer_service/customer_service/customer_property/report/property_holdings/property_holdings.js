frappe.query_reports["Property Holdings"] = customer_service.figures_report([
	{
		fieldname: "by",
		label: __("By"),
		fieldtype: "Select",
		options: [
			{ value: "Customer and Place", label: __("Customer and Place") },
			{ value: "Customer", label: __("Customer") },
			{ value: "Place", label: __("Storage Place") },
		],
		default: "Customer and Place",
	},
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
	{ fieldname: "place", label: __("Storage Place"), fieldtype: "Link", options: "Storage Place" },
	{ fieldname: "property_type", label: __("Property Type"), fieldtype: "Link", options: "Property Type" },
]);
