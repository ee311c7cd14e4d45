frappe.listview_settings["Internal Slip"] = {
	add_fields: ["status"],
	get_indicator(doc) {
		const colours = {
			Draft: "red",
			Sent: "orange",
			Acknowledged: "blue",
			Answered: "green",
			Closed: "grey",
			Cancelled: "grey",
		};
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
	onload: (list) => customer_service.print_many(list),
};
