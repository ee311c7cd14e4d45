frappe.query_reports["Order Changes by Cause"] = customer_service.figures_report([
	{
		fieldname: "from_date",
		label: __("From Date"),
		fieldtype: "Date",
		default: frappe.datetime.add_months(frappe.datetime.month_start(), -11),
	},
	{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: frappe.datetime.get_today() },
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
	{ fieldname: "department", label: __("Applying Department"), fieldtype: "Link", options: "Service Department" },
]);
