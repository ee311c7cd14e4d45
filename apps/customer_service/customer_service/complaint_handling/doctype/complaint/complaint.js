frappe.ui.form.on("Complaint", {
	refresh(frm) {
		customer_service.clocks.show(frm);
		frm.trigger("limit_choices");
		customer_service.complaint.show(frm);
	},

	customer: (frm) => customer_service.complaint.warn_of_duplicates(frm),
	order_no: (frm) => customer_service.complaint.warn_of_duplicates(frm),
	part_no: (frm) => customer_service.complaint.warn_of_duplicates(frm),

	// A step stops or pauses clocks; its answer comes without their new standing.
	after_workflow_action(frm) {
		frm.reload_doc();
	},

	limit_choices(frm) {
		frm.set_query("topic", () => ({ filters: { is_active: 1 } }));
		frm.set_query("cause_category", () => ({ filters: { is_active: 1 } }));
		frm.set_query("complaint_class", () => ({ filters: { is_active: 1 } }));
		frm.set_query("lead_department", () => ({ filters: { is_active: 1 } }));
	},
});
