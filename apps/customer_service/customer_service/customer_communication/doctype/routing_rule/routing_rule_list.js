frappe.listview_settings["Routing Rule"] = {
	onload(list) {
		list.page.add_inner_button(__("Try the Routing Rules"), () => customer_service.try_routing());
	},
};
