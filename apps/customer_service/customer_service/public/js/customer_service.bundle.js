frappe.provide("customer_service");

const COLOURS = { Open: "blue", Waiting: "orange", Resolved: "green", Closed: "grey", Cancelled: "grey" };

/** A record's state as lists and forms show it: red while it runs and is late; nothing in a quick list, which has not fetched it. */
customer_service.state_indicator = (doc, is_late = false) => {
	if (!doc.workflow_state) return;
	const is_running = ["Open", "Waiting"].includes(doc.state_category);
	const colour = is_running && is_late ? "red" : COLOURS[doc.state_category];
	return [__(doc.workflow_state), colour, `workflow_state,=,${doc.workflow_state}`];
};

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

/** A report of figures: its usual filters, its total in bold, and a button for the PDF in which the chart is printed, too. */
customer_service.figures_report = (filters) => ({
	filters,
	onload: (report) => {
		if (!report?.page) return; // a chart of the dashboard asks for the filters only
		report.page.add_inner_button(__("PDF with Chart"), () => {
			const query = new URLSearchParams({
				report_name: report.report_name,
				filters: JSON.stringify(report.get_filter_values(true)),
			});
			window.open(`/api/method/customer_service.controlled_forms.report_prints.report_pdf?${query}`);
		});
	},
	formatter: (value, row, column, data, standard) => {
		if (value === null && ["Float", "Percent"].includes(column.fieldtype)) return "–";
		const shown = standard(value, row, column, data);
		return data?.is_total || data?.is_late || data?.is_beyond_chance ? `<strong>${shown}</strong>` : shown;
	},
});

/** What a filter offers: nothing, or one of these. Frappe shows an entry without value and label as "[object Object]", plain text it can. */
customer_service.choices = (values) => ["", ...values.map((value) => ({ value, label: __(value) }))];

/** Filters of the statistics of complaints: a period of so many calendar months up to today, and what complaints are about. */
customer_service.figures_filters = (months) => {
	const today = frappe.datetime.get_today();
	const first = frappe.datetime.add_months(frappe.datetime.month_start(), 1 - months);
	return [
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date", default: first },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: today },
		...customer_service.matter_filters(),
	];
};

customer_service.matter_filters = () => [
	{ fieldname: "lead_department", label: __("Lead Department"), fieldtype: "Link", options: "Service Department" },
	{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Service Customer" },
	{ fieldname: "complaint_class", label: __("Complaint Class"), fieldtype: "Link", options: "Complaint Class" },
	{ fieldname: "product", label: __("Product"), fieldtype: "Data" },
	{ fieldname: "part_no", label: __("Part No."), fieldtype: "Data" },
];

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

// Frappe's dashboard page shows the names of charts and cards as they are stored; a workspace translates them.
for (const type of ["chart", "number_card"]) {
	const widget = frappe.widget?.widget_factory?.[type];
	if (!widget) continue;
	const set_title = widget.prototype.set_title;
	widget.prototype.set_title = function (...rest) {
		const { label } = this;
		this.label = __(label || this.name);
		set_title.apply(this, rest);
		this.label = label;
	};
}
