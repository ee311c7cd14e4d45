// A campaign: who would be asked before it is sent, how many have answered while it is open, more time (E-1 to E-3).
frappe.ui.form.on("Survey Campaign", {
	refresh(frm) {
		const { step, counts, missing, statuses } = frm.doc.__onload?.campaign || {};
		const may_write = !frm.is_new() && frm.perm[0]?.write;
		if (counts) frm.events.show_counts(frm, counts, missing);
		if (statuses && Object.keys(statuses).length) {
			frm.add_custom_button(__("Invitations"), () =>
				frappe.set_route("List", "Survey Invitation", { campaign: frm.doc.name }),
			);
			frm.add_custom_button(__("Responses"), () =>
				frappe.set_route("List", "Survey Response", { campaign: frm.doc.name }),
			);
		}
		if (!may_write || frm.is_dirty()) return;
		if (!step) frm.add_custom_button(__("Preview"), () => frm.events.preview(frm));
		if (!["Sending", "Open"].includes(step)) return;
		frm.add_custom_button(__("Extend Deadline"), () => frm.events.extend(frm));
		if (statuses.Failed) frm.add_custom_button(__("Send Failed Again"), () => frm.events.send_failed_again(frm));
	},

	after_workflow_action: (frm) => frm.reload_doc(),

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

	async send_failed_again(frm) {
		const method = "customer_service.customer_satisfaction.campaign_api.send_failed_again";
		const number = await frappe.xcall(method, { name: frm.doc.name });
		frappe.show_alert(__("{0} invitations are sent again.", [number]));
		frm.reload_doc();
	},

	extend(frm) {
		const ask = [
			{ fieldname: "reply_by", fieldtype: "Datetime", label: __("Reply By"), default: frm.doc.reply_by, reqd: 1 },
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		];
		const send = async (given) => {
			await frappe.xcall("customer_service.customer_satisfaction.campaign_api.extend", {
				name: frm.doc.name,
				...given,
			});
			frm.reload_doc();
		};
		frappe.prompt(ask, send, __("Extend Deadline"), __("Save"));
	},
});
