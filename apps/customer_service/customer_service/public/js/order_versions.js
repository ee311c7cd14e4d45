// What the forms of orders, their changes and their copies show alike.
frappe.provide("customer_service");

const API = "customer_service.contract_review.change_api.";

const escape = (value) => frappe.utils.escape_html(String(value ?? ""));

const table = (heads, rows) =>
	`<div class="table-responsive"><table class="table table-bordered small"><thead><tr>${heads
		.map((head) => `<th>${head}</th>`)
		.join("")}</tr></thead><tbody>${rows
		.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
		.join("")}</tbody></table></div>`;

/** What a change makes of an order: one row a field that differs. */
customer_service.show_differences = (field, rows) => {
	const heads = [__("Line"), __("Item"), __("What Changed"), __("Before"), __("After")];
	const cells = rows.map((row) => [row.line_no, row.item, row.what, row.before, row.after].map(escape));
	const nothing = `<p class="text-muted">${__("Nothing differs from the order yet.")}</p>`;
	field.$wrapper.html(rows.length ? table(heads, cells) : nothing);
};

/** All versions of an order side by side: its states and dates, and every figure that is not the same in all. */
customer_service.show_versions = (field, { versions = [], rows = [] }) => {
	const link = (row) =>
		`<a href="/app/contract-review/${encodeURIComponent(row.name)}">${__("Version {0}", [row.version])}</a>`;
	const time = (value) => (value ? escape(frappe.datetime.str_to_user(value)) : "");
	const heads = ["", ...versions.map(link)];
	const facts = [
		[__("Status"), ...versions.map((row) => escape(__(row.workflow_state)))],
		[__("Total"), ...versions.map((row) => format_currency(row.total, row.currency))],
		[__("Approved At"), ...versions.map((row) => time(row.approved_at))],
		[__("Released to Production At"), ...versions.map((row) => time(row.released_at))],
		[__("Cause of Change"), ...versions.map((row) => escape(row.cause && __(row.cause)))],
	];
	const figures = rows.map((row) => {
		const place = row.line_no ? `${escape(row.line_no)}. ${escape(row.item)}: ` : "";
		return [`${place}${escape(__(row.what))}`, ...row.values.map(escape)];
	});
	field.$wrapper.html(table(heads, [...facts, ...figures]));
};

/** The departments' copies of an order, with the buttons of who may use them. */
customer_service.show_copies = (frm, field, rows) => {
	const colours = { Issued: "orange", Received: "green", "Recall Requested": "red" };
	const buttons = (row) =>
		row.actions
			.map((action) => {
				const label = action === "receive" ? __("Confirm Receipt") : __("Confirm Return");
				return `<button class="btn btn-xs btn-default" data-copy="${escape(row.name)}" data-action="${action}">${label}</button>`;
			})
			.join(" ");
	const heads = [
		__("Version"),
		__("Holding Department"),
		__("Status"),
		__("Issued At"),
		__("Return Confirmed At"),
		"",
	];
	const time = (value) => (value ? escape(frappe.datetime.str_to_user(value)) : "");
	const cells = rows.map((row) => [
		escape(row.version),
		escape(__(row.department)),
		`<span class="indicator-pill ${colours[row.status] || "grey"}">${escape(__(row.status))}</span>`,
		time(row.issued_at),
		time(row.returned_at),
		buttons(row),
	]);
	field.$wrapper.html(rows.length ? table(heads, cells) : "");
	field.$wrapper
		.find("button")
		.on("click", ({ target }) => move_copy(frm, target.dataset.copy, target.dataset.action));
};

customer_service.copy_buttons = (frm, name, actions) => {
	if (actions.includes("receive"))
		frm.add_custom_button(__("Confirm Receipt"), () => move_copy(frm, name, "receive"));
	if (actions.includes("return")) frm.add_custom_button(__("Confirm Return"), () => move_copy(frm, name, "return"));
};

function move_copy(frm, name, action) {
	if (action === "receive") return frappe.xcall(`${API}receive_copy`, { name }).then(() => frm.reload_doc());
	const ends = ["Returned", "Destroyed", "Lost"];
	const fields = [
		{
			fieldname: "end",
			fieldtype: "Select",
			label: __("How It Ended"),
			options: ends.map((value) => ({ value, label: __(value) })),
			default: "Returned",
			reqd: 1,
		},
		{ fieldname: "note", fieldtype: "Small Text", label: __("Note"), description: __("A lost copy needs one.") },
	];
	const send = (values) => frappe.xcall(`${API}return_copy`, { name, ...values }).then(() => frm.reload_doc());
	return frappe.prompt(fields, send, __("Confirm Return"));
}
