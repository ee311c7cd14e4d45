// Scan a label of customers' property, see where it is, move it or report what is wrong with it (D-4, D-5). Made for a phone first.
frappe.pages["property-scan"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Scan Property"), single_column: true });
	frappe.require("property_scan.bundle.js").then(() => {
		const place = $("<div class='property-scan'></div>").appendTo(page.main);
		wrapper.property_scan = new customer_service.PropertyScan(place);
		wrapper.property_scan.follow_route();
	});
};

frappe.pages["property-scan"].on_page_show = (wrapper) => wrapper.property_scan?.follow_route();
