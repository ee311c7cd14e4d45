frappe.ui.form.on("Legal Hold", {
	refresh(frm) {
		if (frm.is_new() || !frm.doc.is_active || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Release"), () =>
			frappe.prompt(
				{ fieldname: "reason", label: __("Reason for the Release"), fieldtype: "Small Text", reqd: 1 },
				({ reason }) =>
					frm
						.call({
							method: "customer_service.controlled_forms.holds.release",
							args: { legal_hold: frm.doc.name, reason },
						})
						.then(() => frm.reload_doc()),
				__("Release"),
				__("Release"),
			),
		);
	},
});
