frappe.pages["hot-line"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Hot Line"), single_column: true });
	frappe.require("hot_line.bundle.js").then(() => {
		const place = $("<div class='hot-line'></div>").appendTo(page.main);
		wrapper.hot_line = new customer_service.HotLine(place);
	});
};

frappe.pages["hot-line"].on_page_show = (wrapper) => wrapper.hot_line?.focus();
