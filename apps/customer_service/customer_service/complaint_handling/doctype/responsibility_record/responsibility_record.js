frappe.ui.form.on("Responsibility Record", {
	refresh(frm) {
		frm.set_query("kind", () => ({ filters: { is_active: 1 } }));
		frm.set_query("reference_doctype", () => ({
			filters: { name: ["in", ["Complaint", "Contact Record", "Complaint Disposition"]] },
		}));
		if (!frm.doc.__onload?.may_reply) return;
		const reply = { fieldname: "text", fieldtype: "Small Text", label: __("Reply"), reqd: 1 };
		const send = ({ text }) =>
			frappe
				.xcall("customer_service.complaint_handling.penalties.reply", { name: frm.doc.name, text })
				.then(() => frm.reload_doc());
		frm.add_custom_button(__("Reply"), () => frappe.prompt([reply], send, __("Reply"), __("Send"))).addClass(
			"btn-primary",
		);
	},

	after_workflow_action(frm) {
		frm.reload_doc();
	},
});
