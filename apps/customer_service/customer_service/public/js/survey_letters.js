// Letters of a campaign that are sent on paper and not printed yet, in one file (E-1).
frappe.ui.form.on("Survey Campaign", {
	refresh(frm) {
		const step = frm.doc.__onload?.campaign?.step;
		if (frm.is_new() || !frm.perm[0]?.write || !["Sending", "Open"].includes(step)) return;
		frm.add_custom_button(__("Print Letters"), () => {
			const door = "/api/method/customer_service.customer_satisfaction.entry_api.print_letters";
			open_url_post(door, { campaign: frm.doc.name }, true);
		});
	},
});
