frappe.listview_settings["Service Instruction"] = {
	onload: (list) => customer_service.print_many(list),
};
