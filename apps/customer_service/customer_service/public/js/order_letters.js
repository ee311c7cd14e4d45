// Mails to the customer of an order: its confirmation, and the countersigned order (C-1, C-3).
frappe.ui.form.on("Contract Review", {
	refresh(frm) {
		if (frm.is_new() || frm.is_dirty() || !frm.perm[0]?.write || !frm.perm[0]?.email) return;
		for (const kind of frm.doc.__onload?.letters || []) {
			frm.add_custom_button(__(kind), () => frm.events.write_letter(frm, kind), __("Send"));
		}
	},

	// The text comes from the Email Template that the settings name; what is sent is what stands in the dialog.
	async write_letter(frm, kind) {
		const ask = (language) =>
			frappe.xcall(
				"customer_service.contract_review.api.order_letter",
				{ name: frm.doc.name, kind, language },
				"GET",
			);
		const letter = await ask();
		const languages = [
			{ value: "en", label: __("English") },
			{ value: "zh", label: __("Chinese") },
		];
		const dialog = new frappe.ui.Dialog({
			title: __("Send: {0}", [__(kind)]),
			fields: [
				{
					fieldname: "recipient",
					fieldtype: "Data",
					options: "Email",
					label: __("E-mail"),
					default: letter.recipient,
					reqd: 1,
				},
				{
					fieldname: "language",
					fieldtype: "Select",
					label: __("Language"),
					options: languages,
					default: letter.language,
					reqd: 1,
				},
				{ fieldname: "subject", fieldtype: "Data", label: __("Subject"), default: letter.subject, reqd: 1 },
				{ fieldname: "message", fieldtype: "Text", label: __("Message"), default: letter.message, reqd: 1 },
				{
					fieldname: "attachment",
					fieldtype: "Data",
					label: __("Attachment"),
					default: letter.attachment,
					read_only: 1,
				},
			],
			primary_action_label: __("Send"),
			primary_action: async ({ recipient, language, subject, message }) => {
				const values = { name: frm.doc.name, kind, recipient, language, subject, message };
				await frappe.xcall("customer_service.contract_review.api.send_order_letter", values);
				dialog.hide();
				frappe.show_alert({ message: __("Queued for {0}", [recipient]), indicator: "green" });
				frm.reload_doc();
			},
		});
		let shown = letter;
		dialog.fields_dict.language.df.onchange = async () => {
			const language = dialog.get_value("language");
			if (!language || language === shown.language) return;
			const before = shown;
			shown = await ask(language);
			for (const field of ["subject", "message"]) {
				if (dialog.get_value(field) === before[field]) dialog.set_value(field, shown[field]); // else a person's own words
			}
		};
		dialog.show();
	},
});
