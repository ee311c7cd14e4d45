frappe.query_reports["Answers Without Reaction"] = {
	filters: [
		{
			fieldname: "days",
			label: __("Days"),
			fieldtype: "Int",
			description: __("Empty: as the settings say."),
		},
	],
};
