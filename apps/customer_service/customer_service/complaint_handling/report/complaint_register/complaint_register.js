frappe.query_reports["Complaint Register"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -1),
		},
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: frappe.datetime.get_today() },
		{
			fieldname: "lead_department",
			label: __("Lead Department"),
			fieldtype: "Link",
			options: "Service Department",
		},
		{ fieldname: "complaint_class", label: __("Complaint Class"), fieldtype: "Link", options: "Complaint Class" },
		{ fieldname: "topic", label: __("Topic"), fieldtype: "Link", options: "Communication Topic" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
		{ fieldname: "workflow_state", label: __("Status"), fieldtype: "Link", options: "Workflow State" },
	],
};
