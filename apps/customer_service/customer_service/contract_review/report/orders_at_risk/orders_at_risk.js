frappe.query_reports["Orders at Risk"] = customer_service.figures_report([
	{ fieldname: "days", label: __("Days Ahead"), fieldtype: "Int", default: 7 },
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
	{
		fieldname: "standing",
		label: __("Standing"),
		fieldtype: "Select",
		options: [
			{ value: "", label: "" },
			{ value: "Not Scheduled", label: __("Not Scheduled") },
			{ value: "Scheduled", label: __("Scheduled") },
			{ value: "In Production", label: __("In Production") },
			{ value: "Produced", label: __("Produced") },
			{ value: "Shipped", label: __("Shipped") },
		],
	},
]);
