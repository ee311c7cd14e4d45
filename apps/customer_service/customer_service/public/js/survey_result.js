// A campaign's result is reckoned again until it is reported, and customers hear of the measures (E-5, E-6).
frappe.ui.form.on("Survey Campaign", {
	refresh(frm) {
		const { step } = frm.doc.__onload?.campaign || {};
		if (frm.is_new() || frm.is_dirty()) return;
		if (frm.doc.current_result)
			frm.add_custom_button(__("Result"), () =>
				frappe.set_route("Form", "Survey Result", frm.doc.current_result),
			);
		if (!frm.perm[0]?.write) return;
		if (["Closed", "Analysed"].includes(step))
			frm.add_custom_button(__("Reckon Again"), () => frm.events.reckon(frm));
		if (frm.doc.measures && frm.perm[0]?.email && ["Analysed", "Reported"].includes(step))
			frm.add_custom_button(__("Tell the Customers"), () => frm.events.tell(frm));
	},

	async reckon(frm) {
		await frappe.xcall("customer_service.customer_satisfaction.result_api.reckon", { campaign: frm.doc.name });
		frm.reload_doc();
	},

	tell(frm) {
		frappe.confirm(__("Mail the measures to all who have answered and have not heard of them?"), async () => {
			const number = await frappe.xcall("customer_service.customer_satisfaction.telling_api.tell", {
				campaign: frm.doc.name,
			});
			frappe.show_alert({ message: __("{0} customers are told", [number]), indicator: "green" });
			frm.reload_doc();
		});
	},
});
