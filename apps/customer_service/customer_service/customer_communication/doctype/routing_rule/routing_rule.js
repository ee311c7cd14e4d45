frappe.ui.form.on("Routing Rule", {
	setup(frm) {
		for (const field of ["lead_department", "contact_window"]) {
			frm.set_query(field, () => ({ filters: { is_active: 1 } }));
		}
	},

	refresh(frm) {
		const { document_type, topic, complaint_class, customer } = frm.doc;
		frm.add_custom_button(__("Try the Routing Rules"), () =>
			customer_service.try_routing({ doctype: document_type, topic, complaint_class, customer }),
		);
	},
});
