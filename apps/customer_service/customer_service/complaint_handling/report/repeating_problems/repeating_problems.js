frappe.query_reports["Repeating Problems"] = customer_service.figures_report([
	{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: frappe.datetime.get_today() },
	...customer_service.matter_filters(),
]);
