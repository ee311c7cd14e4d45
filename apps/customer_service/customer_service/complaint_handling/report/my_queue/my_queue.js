frappe.query_reports["My Queue"] = customer_service.figures_report([
	{
		fieldname: "document_type",
		label: __("Kind of Work"),
		fieldtype: "Select",
		options: [
			"",
			"Complaint",
			"Complaint Task",
			"Complaint Disposition",
			"Service Instruction",
			"Improvement",
			"Improvement Action",
		].map((value) => ({
			value,
			label: __(value),
		})),
	},
	{ fieldname: "whole_department", label: __("Also What Colleagues Are Assigned To"), fieldtype: "Check" },
]);
