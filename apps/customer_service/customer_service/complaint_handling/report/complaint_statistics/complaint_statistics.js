frappe.query_reports["Complaint Statistics"] = customer_service.figures_report([
	...customer_service.figures_filters(12),
	{
		fieldname: "dimension",
		label: __("By"),
		fieldtype: "Select",
		options: [
			{ value: "Complaint Class", label: __("Complaint Class") },
			{ value: "Product", label: __("Product") },
			{ value: "Part No.", label: __("Part No.") },
			{ value: "Customer", label: __("Customer") },
			{ value: "Lead Department", label: __("Lead Department") },
			{ value: "Responsible Department", label: __("Responsible Department") },
			{ value: "Cause Category", label: __("Cause Category") },
			{ value: "Disposition", label: __("Disposition") },
			{ value: "Channel", label: __("Channel") },
			{ value: "Severity", label: __("Severity") },
		],
		default: "Complaint Class",
		reqd: 1,
	},
]);
