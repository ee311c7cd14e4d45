frappe.listview_settings["Contact Record"] = {
	add_fields: ["status"],
	get_indicator(doc) {
		const colours = { Planned: "purple", Open: "orange", Answered: "green", Closed: "grey", Cancelled: "grey" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
	onload: (list) => customer_service.print_many(list),
};
