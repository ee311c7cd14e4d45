// An invitation whose mail failed or came back is sent once more, to the right address (E-2).
frappe.ui.form.on("Survey Invitation", {
	refresh(frm) {
		const can_again = ["Failed", "Bounced"].includes(frm.doc.status) && frm.doc.channel === "E-mail";
		if (can_again && frm.perm[0]?.write) frm.add_custom_button(__("Send Again"), () => frm.events.send_again(frm));
	},

	send_again(frm) {
		const ask = {
			fieldname: "email",
			fieldtype: "Data",
			options: "Email",
			label: __("E-mail"),
			default: frm.doc.email,
			reqd: 1,
		};
		const send = async (given) => {
			await frappe.xcall("customer_service.customer_satisfaction.campaign_api.send_again", {
				name: frm.doc.name,
				...given,
			});
			frm.reload_doc();
		};
		frappe.prompt(ask, send, __("Send Again"), __("Send"));
	},
});
