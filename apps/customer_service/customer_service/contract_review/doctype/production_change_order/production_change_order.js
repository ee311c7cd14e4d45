frappe.ui.form.on("Production Change Order", {
	refresh(frm) {
		customer_service.show_differences(frm.get_field("before_after"), frm.doc.__onload?.differences || []);
		for (const department of frm.doc.__onload?.waiting || []) {
			const receive = () =>
				frappe
					.xcall("customer_service.contract_review.change_api.receive_change", {
						name: frm.doc.name,
						department,
					})
					.then(() => frm.reload_doc());
			frm.add_custom_button(__("Received by {0}", [__(department)]), receive).addClass("btn-primary");
		}
	},
});
