// An issued statement is mailed to the customer with his link, or his answer is recorded here (D-4).
frappe.ui.form.on("Property Statement", {
	refresh(frm) {
		frm.get_field("lines").grid.cannot_add_rows = true;
		if (frm.is_new() || frm.is_dirty() || !frm.perm[0]?.write || frm.doc.__onload?.step !== "Issued") return;
		if (frm.perm[0].email) frm.add_custom_button(__("Send to Customer"), () => frm.events.send(frm));
		frm.add_custom_button(__("Record Answer"), () => frm.events.record_answer(frm));
	},

	after_workflow_action: (frm) => frm.reload_doc(),

	send(frm) {
		const ask = [
			{
				fieldname: "recipient",
				fieldtype: "Data",
				options: "Email",
				label: __("E-mail"),
				default: frm.doc.contact_email,
				reqd: 1,
			},
			{ fieldname: "message", fieldtype: "Small Text", label: __("Message") },
		];
		frappe.prompt(ask, (given) => frm.events.call(frm, "send", given), __("Send to Customer"), __("Send"));
	},

	record_answer(frm) {
		const answers = ["Agreed", "Does Not Agree"].map((value) => ({ value, label: __(value) }));
		const ask = [
			{ fieldname: "answer", fieldtype: "Select", options: answers, label: __("Customer's Answer"), reqd: 1 },
			{ fieldname: "person", fieldtype: "Data", label: __("Answered By"), reqd: 1 },
			{ fieldname: "remark", fieldtype: "Small Text", label: __("Customer's Remark") },
		];
		frappe.prompt(ask, (given) => frm.events.call(frm, "record_answer", given), __("Record Answer"), __("Save"));
	},

	async call(frm, method, given) {
		const calls = {
			send: "customer_service.customer_property.statement_api.send",
			record_answer: "customer_service.customer_property.statement_api.record_answer",
		};
		await frappe.xcall(calls[method], { name: frm.doc.name, ...given });
		frm.reload_doc();
	},
});
