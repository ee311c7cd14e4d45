frappe.ui.form.on("Shipping Notice", {
	refresh(frm) {
		customer_service.keep_lines(frm);
		if (frm.is_new() || frm.is_dirty()) return;
		customer_service.offer_adjusting(frm, frm.doc.__onload?.shipping?.adjust);
	},

	after_workflow_action: (frm) => frm.reload_doc(),
});
