frappe.ui.form.on("Procedure Document", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_create("Procedure Document Version")) return;
		frm.add_custom_button(__("New Version"), () => frm.trigger("ask_version"));
	},

	ask_version(frm) {
		const field = {
			fieldname: "version",
			fieldtype: "Data",
			label: __("Version"),
			reqd: 1,
			default: frm.doc.__onload?.next_version,
		};
		frappe.prompt(field, ({ version }) => {
			frappe
				.xcall("customer_service.controlled_forms.procedure_documents.new_version", {
					document: frm.doc.name,
					version,
				})
				.then((name) => frappe.set_route("Form", "Procedure Document Version", name));
		});
	},
});
