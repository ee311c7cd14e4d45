frappe.query_reports["Order Reviews on Time"] = customer_service.figures_report([
	{
		fieldname: "from_date",
		label: __("From Date"),
		fieldtype: "Date",
		default: frappe.datetime.add_months(frappe.datetime.month_start(), -5),
	},
	{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: frappe.datetime.get_today() },
	{ fieldname: "department", label: __("Department"), fieldtype: "Link", options: "Service Department" },
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
]);
