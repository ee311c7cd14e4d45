const api = "customer_service.contract_review.proforma_api";
const payable = ["Issued", "Accepted", "Deposit Paid", "Paid"];

frappe.ui.form.on("Pro Forma Invoice", {
	setup(frm) {
		frm.set_query("payment_terms", () => ({ filters: { is_active: 1 } }));
		frm.set_query("bank_account", () => ({
			filters: { disabled: 0, account_currency: ["in", ["", frm.doc.currency]] },
		}));
	},

	refresh(frm) {
		const step = frm.doc.__onload?.step;
		if (frm.is_new() || frm.is_dirty() || !step || !frm.perm[0]?.write) return;
		if (payable.includes(step)) {
			frm.add_custom_button(__("Send to Buyer"), () => frm.events.send(frm)).addClass("btn-primary");
			frm.add_custom_button(__("Record Payment"), () => frm.events.pay(frm));
		}
		if (["Issued", "Expired", "Accepted", "Deposit Paid"].includes(step)) {
			frm.add_custom_button(__("Revise"), () => frm.events.revise(frm));
		}
	},

	after_workflow_action: (frm) => frm.reload_doc(),

	send(frm) {
		const recipient = { fieldname: "recipient", fieldtype: "Data", options: "Email", label: __("E-mail"), reqd: 1 };
		const message = { fieldname: "message", fieldtype: "Small Text", label: __("Message") };
		frappe.prompt(
			[{ ...recipient, default: frm.doc.buyer_email }, message],
			(values) => frappe.xcall(`${api}.send`, { name: frm.doc.name, ...values }).then(() => frm.reload_doc()),
			__("Send to Buyer"),
			__("Send"),
		);
	},

	pay(frm) {
		const parts = frm.doc.payment_parts.map((row) => row.part_label);
		const today = frappe.datetime.get_today();
		frappe.prompt(
			[
				{ fieldname: "amount", fieldtype: "Data", label: __("Amount"), default: frm.doc.balance, reqd: 1 },
				{ fieldname: "paid_on", fieldtype: "Date", label: __("Paid On"), default: today, reqd: 1 },
				{ fieldname: "reference", fieldtype: "Data", label: __("Payment Reference"), reqd: 1 },
				{ fieldname: "part", fieldtype: "Select", label: __("Part"), options: ["", ...parts] },
			],
			(values) =>
				frappe.xcall(`${api}.record_payment`, { name: frm.doc.name, ...values }).then(() => frm.reload_doc()),
			__("Record Payment"),
			__("Record"),
		);
	},

	revise(frm) {
		frappe.confirm(__("The invoice is superseded at once and its link ends. Make a revision?"), () =>
			frappe
				.xcall(`${api}.revise`, { name: frm.doc.name })
				.then((name) => frappe.set_route("Form", "Pro Forma Invoice", name)),
		);
	},
});
