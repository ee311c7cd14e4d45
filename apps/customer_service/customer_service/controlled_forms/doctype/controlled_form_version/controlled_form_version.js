frappe.ui.form.on("Controlled Form Version", {
	refresh(frm) {
		frm.set_query("print_format", () => ({ filters: { doc_type: frm.doc.document_type } }));
		if (frm.is_new()) return;
		const address = "/api/method/customer_service.controlled_forms.printing.blank?form=";
		frm.add_custom_button(__("Print Empty Form"), () => window.open(address + encodeURIComponent(frm.doc.name)));
		if (frm.doc.print_format && frm.doc.status === "Draft") {
			frm.add_custom_button(__("Edit Layout"), () =>
				frappe.set_route("Form", "Print Format", frm.doc.print_format),
			);
		}
	},

	after_workflow_action(frm) {
		frm.reload_doc();
	},
});
