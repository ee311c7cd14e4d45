frappe.ui.form.on("Improvement Action", {
	setup(frm) {
		frm.set_query("department", () => ({ filters: { is_active: 1 } }));
	},

	// The server says what the user may do with this action now.
	refresh(frm) {
		const verbs = frm.doc.__onload?.verbs || [];
		if (verbs.includes("report")) frm.add_custom_button(__("Report Done"), () => frm.trigger("report"));
		if (verbs.includes("accept")) {
			frm.add_custom_button(__("Accept"), () => frm.events.send(frm, "verify_action", { accepted: 1 }));
			frm.add_custom_button(__("Reject"), () => frm.events.ask(frm, "verify_action", "note", { accepted: 0 }));
		}
		if (verbs.includes("cancel")) {
			frm.add_custom_button(__("Call Off"), () => frm.events.ask(frm, "call_off_action", "reason", {}));
		}
	},

	report(frm) {
		if (frm.is_dirty()) return frappe.msgprint(__("Save the record first."));
		if (frm.doc.done_note || frm.doc.evidence) return frm.events.send(frm, "report_done", {});
		const field = { fieldname: "done_note", fieldtype: "Small Text", label: __("What Was Done"), reqd: 1 };
		frappe.prompt(field, (values) => frm.events.send(frm, "report_done", values), __("Report Done"));
	},

	ask(frm, verb, fieldname, values) {
		const field = { fieldname, fieldtype: "Small Text", label: __("Reason"), reqd: 1 };
		frappe.prompt(field, (given) => frm.events.send(frm, verb, { ...values, ...given }));
	},

	send(frm, verb, values) {
		frappe
			.xcall(`customer_service.improvement.api.${verb}`, { action: frm.doc.name, ...values })
			.then(() => frm.reload_doc());
	},
});
