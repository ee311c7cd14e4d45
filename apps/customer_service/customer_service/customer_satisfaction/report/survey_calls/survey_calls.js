frappe.query_reports["Survey Calls"] = customer_service.figures_report([
	{ fieldname: "campaign", label: __("Campaign"), fieldtype: "Link", options: "Survey Campaign" },
	{
		fieldname: "channel",
		label: __("By"),
		fieldtype: "Select",
		options: ["Phone", "E-mail", "Letter", "Fax", "Visit", "Carried by Hand", "All"].map((value) => ({
			value,
			label: __(value),
		})),
		default: "Phone",
	},
]);
