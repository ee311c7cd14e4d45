// A customer's answer is judged, his words are marked as adverse, and he hears what was done (E-3, E-6).
frappe.ui.form.on("Survey Response", {
	refresh(frm) {
		for (const table of ["answers", "deductions"]) frm.get_field(table).grid.cannot_add_rows = true;
		if (frm.is_new() || frm.is_dirty() || !frm.perm[0]?.write || frm.doc.state_category === "Closed") {
			frm.events.offer_telling(frm);
			return;
		}
		frm.add_custom_button(__("Valid"), () => frm.events.judge(frm, "Valid"), __("Judge"));
		frm.add_custom_button(__("Not Valid"), () => frm.events.ask_why(frm), __("Judge"));
		const words = (frm.doc.answers || []).filter((row) => row.kind === "Text" && !row.is_missing);
		if (words.length)
			frm.add_custom_button(__("Mark Words as Adverse"), () => frm.events.mark(frm, words), __("Judge"));
		if (frm.doc.validity === "Pending" && frm.doc.proposed_validity)
			frm.dashboard.set_headline(__("Proposed: {0}", [__(frm.doc.proposed_validity)]));
		frm.events.offer_telling(frm);
	},

	offer_telling(frm) {
		if (frm.is_new() || !frm.perm[0]?.write || !frm.perm[0]?.email || frm.doc.told_at || !frm.doc.customer) return;
		frm.add_custom_button(__("Tell the Customer"), () =>
			frm.events.call(frm, "telling_api.tell_one", { response: frm.doc.name }),
		);
	},

	ask_why(frm) {
		const ask = [{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 }];
		frappe.prompt(ask, ({ reason }) => frm.events.judge(frm, "Not Valid", reason), __("Not Valid"), __("Save"));
	},

	judge(frm, verdict, reason) {
		frm.events.call(frm, "judging_api.judge", { names: [frm.doc.name], verdict, reason });
	},

	mark(frm, words) {
		const ask = words.map((row) => ({
			fieldname: row.name,
			fieldtype: "Check",
			label: frappe.utils.escape_html(row.answer.slice(0, 120)),
			default: row.is_adverse,
		}));
		const save = async (given) => {
			for (const row of words)
				if (Boolean(given[row.name]) !== Boolean(row.is_adverse))
					await frm.events.call(frm, "judging_api.mark_adverse", {
						response: frm.doc.name,
						row: row.name,
						is_adverse: given[row.name] ? 1 : 0,
					});
		};
		frappe.prompt(ask, save, __("Mark Words as Adverse"), __("Save"));
	},

	async call(frm, method, values) {
		await frappe.xcall(`customer_service.customer_satisfaction.${method}`, values);
		frm.reload_doc();
	},
});
