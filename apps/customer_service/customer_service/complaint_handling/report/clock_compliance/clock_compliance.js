frappe.query_reports["Clock Compliance"] = customer_service.figures_report([
	...customer_service.figures_filters(6),
	{
		fieldname: "document_type",
		label: __("Document Type"),
		fieldtype: "Select",
		options: ["Complaint", "Complaint Task"].map((value) => ({ value, label: __(value) })),
		default: "Complaint",
	},
	{ fieldname: "department", label: __("Department"), fieldtype: "Link", options: "Service Department" },
	{ fieldname: "clock", label: __("Clock"), fieldtype: "Link", options: "Service Clock Type" },
	{
		fieldname: "priority",
		label: __("Priority"),
		fieldtype: "Select",
		options: customer_service.choices(["Normal", "Serious", "Urgent"]),
	},
]);
