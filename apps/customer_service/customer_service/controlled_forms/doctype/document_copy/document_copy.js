frappe.ui.form.on("Document Copy", {
	setup(frm) {
		frm.set_query("procedure_version", () => ({
			filters: { state_category: ["in", ["Waiting", "Resolved"]] },
		}));
	},

	// The server says what the user may do with this copy now.
	refresh(frm) {
		const actions = frm.doc.__onload?.actions || [];
		if (actions.includes("receive")) frm.add_custom_button(__("Confirm Receipt"), () => frm.trigger("receive"));
		if (actions.includes("return")) frm.add_custom_button(__("Confirm Return"), () => frm.trigger("give_back"));
	},

	receive(frm) {
		const send = (values) => frm.events.send(frm, "confirm_receipt", values);
		if (!frm.doc.outside_holder) return frappe.confirm(__("Do you have this copy in your hands?"), () => send({}));
		frappe.prompt({ fieldname: "note", fieldtype: "Small Text", label: __("Note on the Receipt"), reqd: 1 }, send);
	},

	give_back(frm) {
		const fields = [
			{
				fieldname: "end",
				fieldtype: "Select",
				label: __("The copy is"),
				options: ["Returned", "Destroyed", "Lost"].map((value) => ({ value, label: __(value) })),
				default: "Returned",
				reqd: 1,
			},
			{ fieldname: "note", fieldtype: "Small Text", label: __("Note on the Return") },
		];
		frappe.prompt(fields, (values) => frm.events.send(frm, "confirm_return", values), __("Confirm Return"));
	},

	send(frm, verb, values) {
		frappe
			.xcall(`customer_service.controlled_forms.document_copies.${verb}`, {
				copy_name: frm.doc.name,
				...values,
			})
			.then(() => frm.reload_doc());
	},
});
