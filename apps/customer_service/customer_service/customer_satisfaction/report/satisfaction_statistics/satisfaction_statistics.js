frappe.query_reports["Satisfaction Statistics"] = customer_service.figures_report([
	{
		fieldname: "from_date",
		label: __("From Date"),
		fieldtype: "Date",
		default: frappe.datetime.add_months(frappe.datetime.month_start(), -11),
	},
	{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: frappe.datetime.get_today() },
	{
		fieldname: "by",
		label: __("By"),
		fieldtype: "Select",
		options: ["Survey Item", "Customer", "Customer Class", "Region", "Campaign"].map((value) => ({
			value,
			label: __(value),
		})),
		default: "Survey Item",
		reqd: 1,
	},
	{ fieldname: "campaign", label: __("Campaign"), fieldtype: "Link", options: "Survey Campaign" },
	{ fieldname: "survey_code", label: __("Survey"), fieldtype: "Data" },
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
	{ fieldname: "customer_class", label: __("Customer Class"), fieldtype: "Link", options: "Customer Class" },
	{ fieldname: "region", label: __("Region"), fieldtype: "Data" },
	{ fieldname: "department", label: __("Department"), fieldtype: "Link", options: "Service Department" },
]);
