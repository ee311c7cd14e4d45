frappe.provide("customer_service");

const esc = (text) => frappe.utils.escape_html(String(text ?? ""));

const steps_list = (steps) =>
	`<ol class="routing-steps">${steps
		.map(
			(step) =>
				`<li class="${step.matches ? "text-success bold" : "text-muted"}">${esc(step.rule)} — ${esc(step.why)}</li>`,
		)
		.join("")}</ol>`;

/** Ask the server what the routing rules would do with a case, and show it; nothing is stored. */
customer_service.try_routing = (values = {}) => {
	const link = (fieldname, label, options) => ({
		fieldname,
		label,
		fieldtype: "Link",
		options,
		default: values[fieldname],
	});
	const dialog = new frappe.ui.Dialog({
		title: __("Try the Routing Rules"),
		size: "large",
		fields: [
			{
				fieldname: "doctype",
				fieldtype: "Select",
				label: __("Document Type"),
				options: ["Contact Record", "Complaint"].map((value) => ({ value, label: __(value) })),
				default: values.doctype || "Contact Record",
				reqd: 1,
			},
			link("topic", __("Topic"), "Communication Topic"),
			{ fieldtype: "Column Break" },
			{
				...link("complaint_class", __("Complaint Class"), "Complaint Class"),
				depends_on: "eval:doc.doctype=='Complaint'",
			},
			link("customer", __("Customer"), "Service Customer"),
			{ fieldtype: "Section Break" },
			{ fieldname: "result", fieldtype: "HTML" },
		],
		primary_action_label: __("Try"),
		primary_action: ({ doctype, ...asked }) =>
			frappe
				.call("customer_service.customer_communication.api.try_routing", {
					doctype,
					values: {
						...(values.doctype === doctype ? values : {}),
						topic: null,
						complaint_class: null,
						customer: null,
						...asked,
					},
				})
				.then(({ message }) => dialog.fields_dict.result.$wrapper.html(trial(message))),
	});
	dialog.show();
	return dialog;
};

function trial(answer) {
	const rows = [
		[__("Decided by Rule"), answer.rule || __("none")],
		[__("Lead Department"), answer.lead_department && __(answer.lead_department)],
		[__("Contact Window"), answer.contact_window && __(answer.contact_window)],
		[__("Assisting Departments"), answer.assisting_departments.map((name) => __(name)).join(", ")],
		[__("Assigned To"), [answer.assigned_to_name, answer.person && `(${answer.person})`].filter(Boolean).join(" ")],
	];
	const table = rows.map(([label, text]) => `<tr><th>${esc(label)}</th><td>${esc(text || "–")}</td></tr>`).join("");
	const scripts = answer.scripts.length
		? `<p class="text-warning">${esc(__("These Server Scripts run on arrival and may decide otherwise: {0}", [answer.scripts.join(", ")]))}</p>`
		: "";
	return `<table class="table table-bordered routing-result">${table}</table>${scripts}${steps_list(answer.steps)}`;
}

function ask_reroute(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Reroute {0}", [frm.doc.name]),
		fields: [
			{
				fieldname: "lead_department",
				fieldtype: "Link",
				label: __("Lead Department"),
				options: "Service Department",
				get_query: () => ({ filters: { is_active: 1 } }),
				description: __("Empty: the routing rules decide again."),
			},
			{ fieldname: "assigned_to", fieldtype: "Link", label: __("Assigned To"), options: "User" },
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		],
		primary_action_label: __("Reroute"),
		primary_action: (values) =>
			frappe
				.call("customer_service.customer_communication.api.reroute", {
					doctype: frm.doctype,
					name: frm.doc.name,
					...values,
				})
				.then(() => {
					dialog.hide();
					frm.reload_doc();
				}),
	});
	dialog.show();
}

// Forms of routed records: how they came to their department, in the reader's words, and what else can be asked.
$(document).on("form-refresh", (_event, frm) => {
	const routing = frm.doc.__onload?.routing;
	const section = frm.fields_dict.lead_department?.$wrapper.closest(".form-section");
	section?.find(".routing-decisions").remove();
	if (!routing || frm.is_new()) return;
	const told = routing.decisions.map(
		(each) =>
			`<details><summary>${esc(each.headline)}${each.reason ? ` — ${esc(each.reason)}` : ""}</summary>` +
			`${steps_list(each.steps)}<p>${esc(each.person)}</p></details>`,
	);
	if (told.length) {
		section.append(
			`<div class="routing-decisions col-sm-12"><label class="control-label">${esc(__("How It Was Routed"))}</label>${told.join("")}</div>`,
		);
	}
	if (frappe.model.can_read("Routing Rule")) {
		frm.add_custom_button(__("Try the Routing Rules"), () => customer_service.try_routing(frm.doc), __("Routing"));
	}
	if (frm.perm[0]?.write && !["Closed", "Cancelled"].includes(frm.doc.state_category)) {
		frm.add_custom_button(__("Reroute"), () => ask_reroute(frm), __("Routing"));
	}
	for (const [doctype, fields] of Object.entries(FOLLOWERS)) {
		if (!frappe.model.can_create(doctype)) continue;
		frm.add_custom_button(
			__(doctype),
			() => {
				const values = { subject: frm.doc.subject || "" };
				if (doctype === "Service Instruction")
					Object.assign(values, { customer: frm.doc.customer, requested_by: frm.doc.contact_person });
				frappe.new_doc(doctype, { ...values, [fields[0]]: frm.doctype, [fields[1]]: frm.doc.name });
			},
			__("Create"),
		);
	}
});

/** Records that are made from a case, and their fields that name it. */
const FOLLOWERS = {
	"Internal Slip": ["reference_doctype", "reference_name"],
	"Service Instruction": ["source_doctype", "source_name"],
};
