frappe.ui.form.on("Manufacturing Order", {
	refresh(frm) {
		customer_service.keep_lines(frm);
		const { receive = [], report, adjust } = frm.doc.__onload?.production || {};
		if (frm.is_new() || frm.is_dirty()) return;
		for (const department of receive) {
			const label = __("Receive for {0}", [__(department)]);
			frm.add_custom_button(label, () => frm.events.receive(frm, department)).addClass("btn-primary");
		}
		if (report) frm.add_custom_button(__("Report Progress"), () => frm.events.report_progress(frm));
		customer_service.offer_adjusting(frm, adjust);
	},

	after_workflow_action: (frm) => frm.reload_doc(),

	receive(frm, department) {
		frappe
			.xcall("customer_service.contract_review.production_api.receive", { name: frm.doc.name, department })
			.then(() => frm.reload_doc());
	},

	report_progress(frm) {
		const remark = { fieldname: "remark", fieldtype: "Small Text", label: __("Remark") };
		customer_service.ask_quantity(frm, __("Report Progress"), frm.doc.lines, "report_progress", {}, [remark]);
	},
});
