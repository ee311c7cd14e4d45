frappe.ui.form.on("Watched Channel", {
	refresh(frm) {
		const may = frappe.session.user === frm.doc.watched_by || frm.perm[0]?.write;
		if (frm.is_new() || !frm.doc.is_active || !may) return;
		frm.add_custom_button(__("Checked"), () =>
			frappe.prompt(
				{ fieldname: "note", label: __("What Was Found"), fieldtype: "Small Text" },
				(values) =>
					frappe
						.call("customer_service.customer_communication.api.mark_checked", {
							channel: frm.doc.name,
							...values,
						})
						.then(() => frm.reload_doc()),
				__("Checked"),
			),
		).addClass("btn-primary");
		frm.add_custom_button(__("Contact Record"), () =>
			frappe.new_doc("Contact Record", {
				watched_channel: frm.doc.name,
				channel: frm.doc.kind === "Partner" ? "Phone" : frm.doc.kind,
				is_reported_by_partner: frm.doc.kind === "Partner" ? 1 : 0,
			}),
		);
	},
});
