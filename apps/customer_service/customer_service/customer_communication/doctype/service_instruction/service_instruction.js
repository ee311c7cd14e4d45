// What a step needs is asked for before it is taken; who may say it, and whether it is enough, the server decides.
const ASKED = {
	"Report Completion": { field: "report", in_round: true },
	"Confirm Effect": { field: "remark", in_round: true, optional: true },
	"Effect Not Reached": { field: "remark", in_round: true },
	"Start Work": { field: "plan", in_round: true, only_if: (frm) => frm.doc.rounds.length > 1 },
};

frappe.ui.form.on("Service Instruction", {
	setup(frm) {
		for (const field of ["issuing_department", "implementing_department"]) {
			frm.set_query(field, () => ({ filters: { is_active: 1 } }));
		}
		frm.get_docfield("rounds").cannot_add_rows = true;
		frm.get_docfield("rounds").cannot_delete_rows = true;
	},

	async before_workflow_action(frm) {
		const action = frm.selected_workflow_action;
		if (action === "Report to Customer") return tell(frm);
		const asked = ASKED[action];
		if (!asked || (asked.only_if && !asked.only_if(frm))) return;
		const row = frm.doc.rounds[frm.doc.rounds.length - 1];
		const df = frappe.meta.get_docfield(row.doctype, asked.field);
		const given = await prompt(action, [
			{
				fieldname: "words",
				fieldtype: "Small Text",
				label: __(df.label),
				reqd: !asked.optional,
				default: row[asked.field],
			},
		]);
		await frappe.model.set_value(row.doctype, row.name, asked.field, given.words);
		if (frm.is_dirty()) await frm.save();
	},
});

async function tell(frm) {
	const fields = ["informed_person", "informed_channel", "informed_words"].map((name) => {
		const { fieldname, fieldtype, label, options } = frm.get_docfield(name);
		return {
			fieldname,
			fieldtype,
			label: __(label),
			options,
			reqd: name !== "informed_words",
			default: frm.doc[name],
		};
	});
	fields[0].default = fields[0].default || frm.doc.requested_by;
	await frm.set_value(await prompt("Report to Customer", fields));
	if (frm.is_dirty()) await frm.save();
}

// The desk froze the page for the step; it must be usable while somebody types. Closed without an answer, the step is not taken.
function prompt(title, fields) {
	frappe.dom.unfreeze();
	return new Promise((resolve) => {
		frappe.prompt(
			fields,
			(values) => {
				frappe.dom.freeze();
				resolve(values);
			},
			__(title),
		);
	});
}
