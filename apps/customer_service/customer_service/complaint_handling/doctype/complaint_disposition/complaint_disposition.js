frappe.ui.form.on("Complaint Disposition", {
	setup(frm) {
		// The head of the department, or a role.
		frm.get_docfield("approvals", "approver").formatter = (value) => frappe.utils.escape_html(__(value));
	},

	refresh(frm) {
		frm.set_query("kind", () => ({ filters: { is_active: 1 } }));
		frm.set_query("complaint", () => ({ filters: { state_category: ["not in", ["Closed", "Cancelled"]] } }));
		if (!frm.doc.__onload?.may_decide || frm.is_dirty()) return;
		frm.add_custom_button(__("Approve"), () => frm.events.decide(frm, "Approve")).addClass("btn-primary");
		frm.add_custom_button(__("Refuse"), () => frm.events.decide(frm, "Refuse"));
	},

	after_workflow_action(frm) {
		frm.reload_doc();
	},

	// What was read is what is decided: its fingerprint goes with the decision.
	decide(frm, decision) {
		const reqd = decision === "Refuse" ? 1 : 0;
		const note = { fieldname: "note", fieldtype: "Small Text", label: __("Note"), reqd };
		const values = { name: frm.doc.name, decision, seen: frm.doc.__onload.terms };
		const send = ({ note }) =>
			frappe
				.xcall("customer_service.complaint_handling.api.decide_disposition", { ...values, note })
				.then(() => frm.reload_doc());
		frappe.prompt([note], send, decision === "Refuse" ? __("Refuse") : __("Approve"));
	},
});
