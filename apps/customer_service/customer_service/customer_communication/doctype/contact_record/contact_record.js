frappe.ui.form.on("Contact Record", {
	setup(frm) {
		frm.set_query("topic", () => ({ filters: { is_active: 1 } }));
		frm.set_query("watched_channel", () => ({ filters: { is_active: 1 } }));
		frm.set_query("lead_department", () => ({ filters: { is_active: 1 } }));
	},

	refresh(frm) {
		const may = frappe.model.can_create("Complaint") && frm.doc.status !== "Planned";
		if (frm.is_new() || !may) return;
		frm.add_custom_button(
			__("Complaint"),
			() =>
				frappe.model.open_mapped_doc({
					method: "customer_service.complaint_handling.from_contact.make_complaint",
					frm,
				}),
			__("Create"),
		);
	},
});
