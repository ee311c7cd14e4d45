frappe.query_reports["Records Due for Disposal"] = {
	filters: [
		{
			fieldname: "document_type",
			label: __("Document Type"),
			fieldtype: "Link",
			options: "DocType",
			get_query: () => ({ filters: { istable: 0, issingle: 0 } }),
		},
		{ fieldname: "until", label: __("Due Until"), fieldtype: "Date", default: frappe.datetime.get_today() },
		{ fieldname: "with_held", label: __("Show What Is Under Legal Hold"), fieldtype: "Check" },
	],
};
