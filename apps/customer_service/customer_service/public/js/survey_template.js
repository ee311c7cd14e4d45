// A survey and its versions (E-1).
frappe.ui.form.on("Satisfaction Survey", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (frm.doc.__onload?.survey?.is_fixed && frappe.model.can_create("Satisfaction Survey")) {
			frm.add_custom_button(__("New Version"), () => frm.events.new_version(frm));
		}
		frm.add_custom_button(__("Versions"), () =>
			frappe.set_route("List", "Satisfaction Survey", { survey_code: frm.doc.survey_code }),
		);
	},

	after_workflow_action: (frm) => frm.reload_doc(),

	async new_version(frm) {
		const name = await frappe.xcall("customer_service.customer_satisfaction.campaign_api.new_version", {
			name: frm.doc.name,
		});
		frappe.set_route("Form", "Satisfaction Survey", name);
	},
});
