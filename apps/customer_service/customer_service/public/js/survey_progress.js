// What sending a campaign would do, and while it is open how many have answered and what is still missing (E-2, E-3).
frappe.ui.form.on("Survey Campaign", {
	refresh(frm) {
		const { counts, missing } = frm.doc.__onload?.campaign || {};
		if (counts) frm.events.show_counts(frm, counts, missing);
	},

	show_counts(frm, counts, missing) {
		const parts = [
			[__("Sent"), counts.sent],
			[__("Bounced"), counts.bounced],
			[__("Opted Out"), counts.opted_out],
			[__("Answered"), counts.answered],
			[__("Valid"), counts.judged_valid],
			[__("Not Valid"), counts.judged_invalid],
			[
				__("Recovery Rate"),
				`${frappe.format(counts.recovery, { fieldtype: "Float", precision: 1 }, { inline: true })} %`,
			],
		];
		const colour = counts.is_valid ? "green" : "orange";
		const said = parts.map(([label, value]) => `${label}: <b>${value}</b>`).join(" &nbsp; ");
		const words = __(
			"{0} more valid answers make the survey valid: judge those that are pending, ask the others by phone or fax, or give more time.",
			[missing],
		);
		frm.dashboard.clear_headline();
		frm.dashboard.set_headline(missing ? `${said}<br>${words}` : said, colour);
	},

	async preview(frm) {
		const found = await frappe.xcall("customer_service.customer_satisfaction.campaign_api.preview", {
			name: frm.doc.name,
		});
		const escape = frappe.utils.escape_html;
		const rows = [
			[__("Customers that meet the conditions"), found.population],
			[__("Drawn"), found.sample],
			...Object.entries(found.by).map(([channel, number]) => [__("By {0}", [__(channel)]), number]),
			[__("Customers that no way reaches"), found.not_reached],
			[
				__("Bad addresses"),
				found.bad_addresses.map((row) => `${escape(row.customer)}: ${escape(row.email)}`).join("<br>") || 0,
			],
			[__("The first of them"), found.first.map(escape).join("<br>")],
		];
		const lines = rows.map(([label, value]) => `<tr><td>${label}</td><td>${value}</td></tr>`).join("");
		frappe.msgprint({ title: __("Preview"), message: `<table class="table table-bordered">${lines}</table>` });
	},
});
