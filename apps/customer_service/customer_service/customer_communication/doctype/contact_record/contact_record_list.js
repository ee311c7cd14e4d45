frappe.listview_settings["Contact Record"] = {
	onload: (list) => customer_service.print_many(list),
};
