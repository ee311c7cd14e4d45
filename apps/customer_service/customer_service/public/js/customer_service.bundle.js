frappe.provide("customer_service");

/** Add "Print Many" to a list's actions: the chosen records in one PDF, a ZIP or a register, made in the background. */
customer_service.print_many = (list) => {
	list.page.add_actions_menu_item(
		__("Print Many"),
		() => {
			const names = list.get_checked_items(true);
			if (names.length) ask(list.doctype, names);
		},
		false,
	);
};

function ask(doctype, names) {
	const dialog = new frappe.ui.Dialog({
		title: __("Print {0} Records", [names.length]),
		fields: [
			{
				fieldname: "output",
				fieldtype: "Select",
				label: __("Output"),
				options: ["One PDF", "ZIP", "Register"].map((value) => ({ value, label: __(value) })),
				default: "One PDF",
				reqd: 1,
			},
			{
				fieldname: "form",
				fieldtype: "Link",
				label: __("Controlled Form"),
				options: "Controlled Form",
				get_query: () => ({ filters: { document_type: doctype } }),
				depends_on: "eval:doc.output != 'Register'",
				description: __("Empty: the form of each record."),
			},
			{
				fieldname: "language",
				fieldtype: "Select",
				label: __("Language"),
				options: [
					{ value: "", label: "" },
					{ value: "zh", label: __("Chinese") },
					{ value: "en", label: __("English") },
					{ value: "both", label: __("Both") },
				],
				description: __("Empty: as the form says."),
			},
		],
		primary_action_label: __("Print"),
		primary_action: (values) => {
			dialog.hide();
			const is_register = values.output === "Register";
			frappe
				.call("customer_service.controlled_forms.batch.start", {
					doctype,
					names,
					kind: is_register ? "Register" : "Records",
					output: is_register ? "One PDF" : values.output,
					form: is_register ? null : values.form,
					language: values.language || null,
				})
				.then(({ message }) => message && frappe.set_route("Form", "Print Job", message));
		},
	});
	dialog.show();
}
