frappe.ui.form.on("Controlled Form", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (frm.doc.current_version) {
			const address = "/api/method/customer_service.controlled_forms.printing.blank?form=";
			frm.add_custom_button(__("Print Empty Form"), () =>
				window.open(address + encodeURIComponent(frm.doc.name)),
			);
		}
		if (frappe.model.can_create("Controlled Form Version")) {
			frm.add_custom_button(__("New Version"), () => frm.trigger("new_version"));
		}
	},

	// The first version is filled in by hand, every later one starts from the one before.
	new_version(frm) {
		if (frm.doc.status === "Draft" && !frm.doc.title_en) {
			frappe.new_doc("Controlled Form Version", { controlled_form: frm.doc.name });
			return;
		}
		const fields = [
			{ fieldname: "version", fieldtype: "Data", label: __("Version"), reqd: 1 },
			{ fieldname: "change_summary", fieldtype: "Small Text", label: __("What Has Changed"), reqd: 1 },
		];
		frappe.prompt(
			fields,
			(values) =>
				frappe
					.call("customer_service.controlled_forms.approval.new_version", { form: frm.doc.name, ...values })
					.then(({ message }) => message && frappe.set_route("Form", "Controlled Form Version", message)),
			__("New Version"),
			__("Create"),
		);
	},
});
