const REVIEW_API = "customer_service.contract_review.api.";

frappe.ui.form.on("Contract Review", {
	setup(frm) {
		for (const field of ["order_kind", "order_source"]) {
			frm.set_query(field, () => ({ filters: { is_active: 1 } }));
		}
	},

	refresh(frm) {
		frm.events.show_board(frm);
		if (frm.is_new() || frm.is_dirty()) return;
		const { mine = [], decisions = [], conditions = [], copies = [], versions } = frm.doc.__onload || {};
		customer_service.show_copies(frm, frm.get_field("copies_board"), copies);
		if (versions) customer_service.show_versions(frm.get_field("versions_board"), versions);
		for (const sheet of mine) {
			const label = __("Opinion of {0}", [__(sheet.department)]);
			frm.add_custom_button(label, () => frm.events.give_opinion(frm, sheet)).addClass("btn-primary");
		}
		for (const decision of decisions) {
			const button = frm.add_custom_button(__(decision), () => frm.events.decide(frm, decision));
			if (decision !== "Cancel") button.addClass("btn-primary");
		}
		if (
			frm.doc.approved_at &&
			frm.doc.state_category !== "Cancelled" &&
			frappe.model.can_create("Pro Forma Invoice")
		) {
			frm.add_custom_button(__("Pro Forma Invoice"), () => frm.events.make_invoice(frm), __("Create"));
		}
		if (frm.doc.approved_at && frm.doc.state_category === "Resolved" && frappe.model.can_create("Order Change")) {
			const start = () => frappe.new_doc("Order Change", { contract_review: frm.doc.name });
			frm.add_custom_button(__("Order Change"), start, __("Create"));
		}
		if (conditions.length && frm.perm[0].write) {
			frm.add_custom_button(__("Condition Met"), () => frm.events.meet_condition(frm, conditions));
		}
	},

	after_workflow_action(frm) {
		frm.reload_doc();
	},

	make_invoice(frm) {
		frappe
			.xcall("customer_service.contract_review.proforma_api.make_from_review", { review: frm.doc.name })
			.then((name) => frappe.set_route("Form", "Pro Forma Invoice", name));
	},

	currency(frm) {
		if (frm.doc.currency === frappe.boot.sysdefaults.currency) frm.set_value("exchange_rate", 1);
	},

	// Who has answered what and who is still missing, at a glance.
	show_board(frm) {
		const rows = frm.doc.__onload?.board || [];
		const colours = { Accept: "green", "Accept with Conditions": "yellow", Reject: "red" };
		const text = (value) => frappe.utils.escape_html(String(value ?? ""));
		const time = (value) => (value ? frappe.datetime.str_to_user(value) : "");
		const conditions = (row) =>
			(row.conditions || []).map((each) => `<div>${each.met_at ? "☑" : "☐"} ${text(each.condition_text)}</div>`);
		const lines = rows.map((row) => {
			const said = row.conclusion && row.status === "Given";
			const colour = said ? colours[row.conclusion] : row.status === "Asked" ? "orange" : "grey";
			const state = said ? __(row.conclusion) : row.status ? __(row.status) : __("Not Yet Asked");
			const due = row.status === "Asked" ? time(row.due_at) : time(row.given_at);
			const late = row.is_late ? ` <span class="indicator-pill red">${__("Late")}</span>` : "";
			return `<tr><td>${text(__(row.department))}</td>
				<td><span class="indicator-pill ${colour}">${state}</span></td>
				<td>${text(row.remark)}${conditions(row).join("")}</td><td>${text(row.signed_name)}</td><td>${due}${late}</td></tr>`;
		});
		const heads = [__("Department"), __("Conclusion"), __("Remark"), __("Signatory"), __("Signed At / Due At")];
		const head = heads.map((label) => `<th>${label}</th>`).join("");
		frm.get_field("board").$wrapper.html(
			`<div class="table-responsive"><table class="table table-bordered small">
			<thead><tr>${head}</tr></thead><tbody>${lines.join("")}</tbody></table></div>`,
		);
	},

	// What was read is what is signed: its hash goes with the opinion.
	give_opinion(frm, sheet) {
		const conclusions = ["Accept", "Accept with Conditions", "Reject"];
		const questions = sheet.questions.map((row, number) => ({
			fieldname: `answer_${number}`,
			label: frappe.utils.escape_html(__(row.question)), // Frappe takes a label for markup
			reqd: row.is_required,
			...answer_field(row.answer_type),
		}));
		const dialog = new frappe.ui.Dialog({
			title: __("Opinion of {0}", [__(sheet.department)]),
			fields: [
				...questions,
				{
					fieldname: "conclusion",
					fieldtype: "Select",
					label: __("Conclusion"),
					options: conclusions.map((value) => ({ value, label: __(value) })),
					reqd: 1,
				},
				// Shown always, and asked for by the server: Frappe empties a field whose state follows another one's value if
				// a quick person has typed into it meanwhile.
				{
					fieldname: "conditions",
					fieldtype: "Small Text",
					label: __("Conditions, one a line"),
					description: __("For the conclusion {0}.", [__("Accept with Conditions")]),
				},
				{
					fieldname: "remark",
					fieldtype: "Small Text",
					label: __("Remark"),
					description: __("A rejection needs its reason."),
				},
			],
			primary_action_label: __("Sign"),
			primary_action: (values) => {
				const answers = Object.fromEntries(
					sheet.questions.map((row, number) => [row.question, values[`answer_${number}`]]),
				);
				const conditions = (values.conditions || "")
					.split("\n")
					.filter((line) => line.trim())
					.map((condition_text) => ({ condition_text }));
				const { department, seen } = sheet;
				const { conclusion, remark } = values;
				const given = { name: frm.doc.name, department, seen, conclusion, answers, conditions, remark };
				return frappe.xcall(`${REVIEW_API}give_opinion`, given).then(() => {
					dialog.hide();
					frm.reload_doc();
				});
			},
		});
		dialog.show();
	},

	decide(frm, decision) {
		const reqd = decision === "Approve" ? 0 : 1;
		const label = decision === "Cancel" ? __("Reason") : __("Measure");
		const field = { fieldname: "measure", fieldtype: "Small Text", label, reqd };
		const send = ({ measure }) =>
			frappe
				.xcall(`${REVIEW_API}decide`, { name: frm.doc.name, decision, seen: frm.doc.__onload.seen, measure })
				.then(() => frm.reload_doc());
		frappe.prompt([field], send, __(decision), __(decision));
	},

	meet_condition(frm, conditions) {
		const options = conditions.map((row) => ({
			value: row.name,
			label: frappe.utils.escape_html(`${__(row.department)}: ${row.condition_text}`),
		}));
		const fields = [
			{
				fieldname: "condition",
				fieldtype: "Select",
				label: __("Condition"),
				options,
				default: options[0].value,
				reqd: 1,
			},
			{ fieldname: "note", fieldtype: "Small Text", label: __("Note") },
		];
		const send = (values) =>
			frappe.xcall(`${REVIEW_API}condition_met`, { name: frm.doc.name, ...values }).then(() => frm.reload_doc());
		frappe.prompt(fields, send, __("Condition Met"));
	},
});

function answer_field(answer_type) {
	if (answer_type === "Number") return { fieldtype: "Data" };
	if (answer_type === "Text") return { fieldtype: "Small Text" };
	const options = ["Yes", "No"].map((value) => ({ value, label: __(value) }));
	return { fieldtype: "Select", options };
}
