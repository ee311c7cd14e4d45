/** A contact or complaint whose customer has written again says so, until somebody has answered or read it. */
for (const doctype of ["Complaint", "Contact Record"]) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			if (!frm.doc.customer_answered_at) return;
			const at = frappe.datetime.str_to_user(frm.doc.customer_answered_at).replace(/:\d\d$/, "");
			const waits = frm.doc.state_category === "Waiting";
			const words = waits
				? __("The customer has answered ({0}), and this record waits for him.", [at])
				: __("The customer has answered ({0}).", [at]);
			frm.dashboard.set_headline(words, "orange");
			if (frm.perm[0]?.write) frm.add_custom_button(__("Answer Read"), () => mark_read(frm));
		},
	});
}

function mark_read(frm) {
	const method = "customer_service.customer_communication.mail_answers.mark_read";
	frappe.call(method, { doctype: frm.doctype, name: frm.doc.name }).then(() => frm.reload_doc());
}
