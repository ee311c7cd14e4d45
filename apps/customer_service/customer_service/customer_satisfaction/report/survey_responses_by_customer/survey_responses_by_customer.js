frappe.query_reports["Survey Responses by Customer"] = customer_service.figures_report([
	{
		fieldname: "from_date",
		label: __("From Date"),
		fieldtype: "Date",
		default: frappe.datetime.add_months(frappe.datetime.month_start(), -23),
	},
	{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: frappe.datetime.get_today() },
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
	{ fieldname: "campaign", label: __("Campaign"), fieldtype: "Link", options: "Survey Campaign" },
	{ fieldname: "customer_class", label: __("Customer Class"), fieldtype: "Link", options: "Customer Class" },
	{ fieldname: "region", label: __("Region"), fieldtype: "Data" },
	{
		fieldname: "validity",
		label: __("Validity"),
		fieldtype: "Select",
		options: customer_service.choices(["Pending", "Valid", "Not Valid"]),
	},
	{ fieldname: "only_low", label: __("Only Low Answers"), fieldtype: "Check" },
]);
