const DISPOSAL = "customer_service.controlled_forms.disposal";

frappe.ui.form.on("Record Disposal", {
	refresh(frm) {
		if (frm.is_new() || !frm.perm[0]?.write) return;
		const category = frm.doc.state_category;
		if (category === "Open") frm.trigger("offer_collecting");
		if (category === "Resolved") {
			frm.add_custom_button(__("Carry On"), () =>
				frm
					.call({ method: `${DISPOSAL}.resume`, args: { record_disposal: frm.doc.name } })
					.then(() => frappe.show_alert(__("The disposal goes on in the background."))),
			);
		}
	},

	offer_collecting(frm) {
		const personal = frm.doc.purpose === "Personal Data Request";
		const label = personal ? __("Collect Records of a Person") : __("Collect Due Records");
		const method = personal ? "collect_person" : "collect_due";
		frm.add_custom_button(label, async () => {
			if (frm.is_dirty()) await frm.save();
			const answer = await frm.call({
				method: `${DISPOSAL}.${method}`,
				args: { record_disposal: frm.doc.name },
				freeze: true,
			});
			await frm.reload_doc();
			frappe.show_alert(__("{0} records added.", [answer.message]));
		});
	},
});
