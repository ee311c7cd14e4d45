frappe.ui.form.on("Procedure Document Version", {
	refresh(frm) {
		frm.trigger("freeze_content");
		if (!frm.doc.__onload?.can_issue) return;
		frm.add_custom_button(__("Issue Copy"), () => {
			frappe.new_doc("Document Copy", { procedure_version: frm.doc.name });
		});
	},

	// A step may at once put the version in force; its answer comes without what else that changed.
	after_workflow_action(frm) {
		frm.reload_doc();
	},

	// The server refuses changes after the version was handed in; here nobody is led to try.
	freeze_content(frm) {
		const fields = ["effective_from", "title_en", "title_zh", "content_file", "content", "changes"];
		for (const field of fields) frm.set_df_property(field, "read_only", frm.doc.is_handed_in ? 1 : 0);
	},
});
