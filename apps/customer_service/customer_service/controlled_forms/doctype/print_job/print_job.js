frappe.ui.form.on("Print Job", {
	onload(frm) {
		if (frm.is_new()) frm.set_value("kind", "Audit Pack"); // the other kinds begin in a list
		frm.set_query("process_module", () => ({ filters: { app_name: "customer_service" } }));
	},

	refresh(frm) {
		frm.set_df_property("kind", "read_only", 1);
		if (frm.is_new()) return;
		frm.disable_save();
		frm.trigger("follow");
		if (frm.doc.status === "Done") {
			frm.page.set_primary_action(__("Download"), () => window.open(frm.doc.result));
		} else if (frm.doc.status === "Failed") {
			frm.page.set_primary_action(__("Start Again"), () =>
				frappe
					.call("customer_service.controlled_forms.batch.start_again", { name: frm.doc.name })
					.then(() => frm.reload_doc()),
			);
		}
	},

	// The site may run without a realtime server, so the form looks by itself until the job has ended.
	follow(frm) {
		if (!["Queued", "Running"].includes(frm.doc.status)) return;
		frm.dashboard.add_progress(__("Progress"), frm.doc.progress || 1);
		frm.dashboard.show();
		setTimeout(() => cur_frm === frm && frm.reload_doc(), 1500);
	},
});
