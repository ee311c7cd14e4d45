frappe.provide("customer_service.complaint");

const API = "customer_service.complaint_handling.api.";

const RUNNING = ["Open", "Waiting"];

/** What the form of a complaint shows besides its fields. The server decides; here it is only offered. */
customer_service.complaint.show = (frm) => {
	customer_service.complaint.warn_of_duplicates(frm);
	if (frm.is_new()) return;
	offer_steps(frm);
	offer_links(frm);
	show_dispositions(frm);
	show_tasks(frm);
	show_linked(frm);
};

/** Complaints that may be of the same matter, while this one is being taken in. */
customer_service.complaint.warn_of_duplicates = (frm) => {
	const { customer, order_no, part_no, received_at, acknowledged_at, duplicate_of } = frm.doc;
	if (!customer || !(order_no || part_no) || acknowledged_at || duplicate_of) return;
	const name = frm.is_new() ? null : frm.doc.name;
	frappe
		.xcall(API + "possible_duplicates", { customer, order_no, part_no, name, received_at }, "GET")
		.then((rows) => {
			if (!rows.length) return frm.dashboard.clear_headline();
			const links = rows.map((row) => `${link("Complaint", row.name)} (${__(row.workflow_state)})`).join(", ");
			frm.dashboard.set_headline_alert(`${__("Possibly the same matter:")} ${links}`, "orange");
		});
};

function link(doctype, name) {
	return frappe.utils.get_form_link(doctype, name, true, frappe.utils.escape_html(name));
}

function offer_steps(frm) {
	const { doc } = frm;
	const is_running = RUNNING.includes(doc.state_category);
	const note = { fieldname: "note", fieldtype: "Small Text", label: __("Note") };
	const opinion = { fieldname: "opinion", fieldtype: "Small Text", label: __("Opinion of the Head"), reqd: 1 };
	const steps = [
		[is_running && !doc.contacted_at, __("Customer Contacted"), "customer_contacted", [note]],
		[is_running && !doc.reported_to_head_at, __("Report to Head"), "report_to_head", [note]],
		[
			is_running && !doc.head_opinion_at && doc.__onload?.is_head,
			__("Opinion of the Head"),
			"give_head_opinion",
			[opinion],
		],
		[doc.decided_at && !doc.decision_told_at && is_running, __("Decision Told"), "decision_told", [note]],
	];
	for (const [is_due, label, method, fields] of steps) {
		if (is_due) frm.add_custom_button(label, () => ask(frm, label, method, fields), __("Record"));
	}
}

function offer_links(frm) {
	if (!RUNNING.includes(frm.doc.state_category)) return;
	const quantity = (fieldname) => ({ ...pick(frm, fieldname), default: 0 });
	frm.add_custom_button(
		__("Split"),
		() =>
			ask(frm, __("Split"), "split_complaint", [
				{
					fieldname: "description",
					fieldtype: "Small Text",
					label: __("What the new complaint is about"),
					reqd: 1,
				},
				...["topic", "complaint_class", "part_no"].map((fieldname) => pick(frm, fieldname)),
				...["shipped_qty", "defective_qty"].map(quantity),
			]),
		__("Record"),
	);
	frm.add_custom_button(
		__("Mark as Duplicate"),
		() =>
			ask(frm, __("Mark as Duplicate"), "mark_duplicate", [
				{
					fieldname: "original",
					fieldtype: "Link",
					options: "Complaint",
					label: __("Complaint That Is Handled"),
					reqd: 1,
					get_query: () => ({ filters: { name: ["!=", frm.doc.name], duplicate_of: ["is", "not set"] } }),
				},
			]),
		__("Record"),
	);
}

function pick(frm, fieldname) {
	const { fieldtype, options, label } = frm.get_docfield(fieldname);
	return { fieldname, fieldtype, options, label: __(label) };
}

function ask(frm, title, method, fields) {
	const send = (values) =>
		frappe.xcall(API + method, { name: frm.doc.name, ...values }).then((answer) => {
			if (method !== "split_complaint") return frm.reload_doc();
			frappe.set_route("Form", "Complaint", answer);
		});
	frappe.prompt(fields, send, title, __("Save"));
}

function show_dispositions(frm) {
	const rows = (frm.doc.__onload?.dispositions || []).map((row) => [
		link("Complaint Disposition", row.name),
		...[
			__(row.kind),
			row.quantity || "",
			row.amount ? format_currency(row.amount, row.currency) : "",
			__(row.responsible_department || ""),
			row.planned_by ? frappe.datetime.str_to_user(row.planned_by) : "",
			__(row.workflow_state),
		].map(plain),
	]);
	const heads = [
		__("Number"),
		__("Kind of Disposition"),
		__("Quantity"),
		__("Amount"),
		__("Responsible Department"),
		__("Planned By"),
		__("Status"),
	];
	const $field = show_table(frm, "dispositions", heads, rows, __("No measure has been proposed yet."));
	if (!RUNNING.concat("Resolved").includes(frm.doc.state_category)) return;
	if (!frappe.model.can_create("Complaint Disposition")) return;
	$(`<button class="btn btn-xs btn-default mb-3">${__("New Disposition")}</button>`)
		.on("click", () => frappe.new_doc("Complaint Disposition", { complaint: frm.doc.name }))
		.appendTo($field);
}

function show_tasks(frm) {
	const rows = (frm.doc.__onload?.tasks || []).map((row) => [
		link("Complaint Task", row.name),
		plain(__(row.department)),
		plain(__(row.task_kind)),
		plain(row.due_at ? frappe.datetime.str_to_user(row.due_at).replace(/:\d\d$/, "") : ""),
		plain(__(row.workflow_state)) + (row.is_late ? ` <span class="indicator-pill red">${__("Late")}</span>` : ""),
		plain(row.report || ""),
	]);
	const heads = [__("Number"), __("Department"), __("Kind of Task"), __("Due"), __("Status"), __("Report")];
	const $field = show_table(frm, "tasks", heads, rows, __("No department has been asked yet."));
	if (!RUNNING.includes(frm.doc.state_category) || !frm.perm[0]?.write) return;
	$(`<button class="btn btn-xs btn-default mb-3">${__("Ask Departments")}</button>`)
		.on("click", () => ask_departments(frm))
		.appendTo($field);
}

/** Several departments at once, each gets a task with its own clocks. */
async function ask_departments(frm) {
	const filters = { is_active: 1 };
	const departments = await frappe.db.get_list("Service Department", { filters, limit: 0, order_by: "name asc" });
	const fields = [
		{
			fieldname: "departments",
			fieldtype: "MultiCheck",
			label: __("Departments"),
			options: departments.map(({ name }) => ({ value: name, label: __(name) })),
			columns: 2,
			reqd: 1,
		},
		{
			fieldname: "task_kind",
			fieldtype: "Link",
			options: "Complaint Task Kind",
			label: __("Kind of Task"),
			get_query: () => ({ filters }),
			reqd: 1,
		},
		{ fieldname: "instruction", fieldtype: "Small Text", label: __("Instruction"), reqd: 1 },
	];
	const send = (values) =>
		frappe.xcall(API + "add_tasks", { complaint: frm.doc.name, ...values }).then(() => frm.reload_doc());
	frappe.prompt(fields, send, __("Ask Departments"), __("Ask"));
}

function plain(text) {
	return frappe.utils.escape_html(String(text ?? ""));
}

/** A table of safe HTML in an HTML field; returns the field's element. */
function show_table(frm, fieldname, heads, rows, none) {
	const head = heads.map((text) => `<th>${text}</th>`).join("");
	const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("");
	const table = `<table class="table table-bordered small"><thead><tr>${head}</tr></thead><tbody>${lines}</tbody></table>`;
	const shown = rows.length ? `<div class="table-responsive">${table}</div>` : `<p class="text-muted">${none}</p>`;
	return frm.get_field(fieldname).$wrapper.html(shown);
}

function show_linked(frm) {
	const rows = frm.doc.__onload?.linked || [];
	const lines = rows.map((row) => {
		const text = row.duplicate_of === frm.doc.name ? __("Duplicate") : __("Part of This Complaint");
		return `${link("Complaint", row.name)} – ${text}, ${__(row.workflow_state)}`;
	});
	frm.get_field("linked_complaints").$wrapper.html(lines.join("<br>"));
	const is_alone = !lines.length && !frm.doc.split_from && !frm.doc.duplicate_of;
	frm.set_df_property("section_linked_complaints", "hidden", is_alone ? 1 : 0);
}
