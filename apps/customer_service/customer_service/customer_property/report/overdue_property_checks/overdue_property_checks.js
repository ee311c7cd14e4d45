frappe.query_reports["Overdue Property Checks"] = customer_service.figures_report([
	{ fieldname: "days", label: __("Due Within (Days)"), fieldtype: "Int", default: 0 },
	{ fieldname: "department", label: __("Department"), fieldtype: "Link", options: "Service Department" },
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
	{ fieldname: "check_kind", label: __("Kind of Check"), fieldtype: "Link", options: "Property Check Kind" },
]);
