frappe.query_reports["Copies Not Returned"] = {
	filters: [
		{
			fieldname: "document",
			label: __("Procedure Document"),
			fieldtype: "Link",
			options: "Procedure Document",
		},
		{
			fieldname: "holder_department",
			label: __("Holding Department"),
			fieldtype: "Link",
			options: "Service Department",
		},
	],
};
