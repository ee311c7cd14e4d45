frappe.ui.form.on("Complaint Task", {
	refresh(frm) {
		customer_service.clocks.show(frm);
		frm.set_query("task_kind", () => ({ filters: { is_active: 1 } }));
		frm.set_query("department", () => ({ filters: { is_active: 1 } }));
	},

	// A step stops or pauses clocks; its answer comes without their new standing.
	after_workflow_action(frm) {
		frm.reload_doc();
	},
});
