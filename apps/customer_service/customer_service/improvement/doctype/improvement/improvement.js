frappe.ui.form.on("Improvement", {
	setup(frm) {
		frm.set_query("lead_department", () => ({ filters: { is_active: 1 } }));
		frm.set_query("branch", "causes", () => ({ filters: { is_active: 1 } }));
		const registers = () => ({ filters: { istable: 0, issingle: 0 } });
		frm.set_query("reference_doctype", registers);
		frm.set_query("reference_doctype", "sources", registers);
	},

	// The server draws and decides; here it is only shown.
	refresh(frm) {
		const shown = frm.doc.__onload || {};
		frm.get_field("actions_list").$wrapper.html(shown.actions_html || "");
		frm.get_field("fishbone_drawing").$wrapper.html(shown.fishbone || "");
		frm.get_field("whys_drawing").$wrapper.html(shown.whys || "");
		const running = !["Closed", "Cancelled"].includes(frm.doc.state_category);
		if (!frm.is_new() && shown.may_plan && running) {
			frm.add_custom_button(__("Add Action"), () => frm.trigger("add_action"));
		}
	},

	// A step stamps and may begin a new round; its answer comes without the drawings.
	after_workflow_action(frm) {
		frm.reload_doc();
	},

	add_action(frm) {
		if (frm.is_dirty()) return frappe.msgprint(__("Save the record first."));
		const types = ["Containment", "Corrective", "Preventive", "Deployment"];
		const fields = [
			{
				fieldname: "action_type",
				fieldtype: "Select",
				label: __("Type"),
				options: types.map((value) => ({ value, label: __(value) })),
				default: frm.doc.contained_at ? frm.doc.kind : "Containment",
				reqd: 1,
			},
			{ fieldname: "description", fieldtype: "Small Text", label: __("Action"), reqd: 1 },
			{
				fieldname: "department",
				fieldtype: "Link",
				label: __("Department"),
				options: "Service Department",
				default: frm.doc.lead_department,
				reqd: 1,
			},
			{ fieldname: "responsible", fieldtype: "Link", label: __("Action Owner"), options: "User" },
			{ fieldname: "due_date", fieldtype: "Date", label: __("Due Date") },
		];
		const insert = (values) =>
			frappe.db
				.insert({ doctype: "Improvement Action", improvement: frm.doc.name, ...values })
				.then(() => frm.reload_doc());
		frappe.prompt(fields, insert, __("Add Action"), __("Add"));
	},
});
