// A campaign: who would be asked before it is sent, how many have answered while it is open, more time (E-1 to E-3).
frappe.ui.form.on("Survey Campaign", {
	refresh(frm) {
		const { step, statuses, channels } = frm.doc.__onload?.campaign || {};
		const may_write = !frm.is_new() && frm.perm[0]?.write;
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
		if (channels && Object.keys(channels).length) {
			const channel = channels.Phone ? "Phone" : "All"; // who has not answered a mail is called, too
			frm.add_custom_button(__("Calls"), () =>
				frappe.set_route("query-report", "Survey Calls", { campaign: frm.doc.name, channel }),
			);
		}
		frm.add_custom_button(__("Extend Deadline"), () => frm.events.extend(frm));
		if (statuses.Failed) frm.add_custom_button(__("Send Failed Again"), () => frm.events.send_failed_again(frm));
	},

	after_workflow_action: (frm) => frm.reload_doc(),

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
