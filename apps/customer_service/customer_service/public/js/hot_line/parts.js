export function minutes(milliseconds) {
	const seconds = Math.floor(milliseconds / 1000);
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function field(name, label, more = "") {
	return `<div><label class="name" for="hot-line-${name}">${label}</label>
		<input class="form-control" id="hot-line-${name}" name="${name}" autocomplete="off" maxlength="140" ${more}></div>`;
}

export function select(name, label, options) {
	const escape = frappe.utils.escape_html;
	const rows = options.map(({ value, label }) => `<option value="${escape(value)}">${escape(label)}</option>`);
	return `<div><label class="name" for="hot-line-${name}">${label}</label>
		<select class="form-control" id="hot-line-${name}" name="${name}">${rows.join("")}</select></div>`;
}

export function radio(value, html) {
	return `<label><input type="radio" name="contact" value="${frappe.utils.escape_html(value)}"> <span>${html}</span></label>`;
}

function pill(text, colour) {
	return text ? `<span class="indicator-pill no-indicator-dot ${colour}">${text}</span>` : "";
}

/** The customer's record beside the form. */
export function overview(record, escape) {
	const date = record.warranty_until && frappe.datetime.str_to_user(record.warranty_until);
	const warranty = record.in_warranty ? __("In warranty until {0}", [date]) : __("Out of warranty since {0}", [date]);
	const owner = record.owner_department ? __("Owner: {0}", [escape(__(record.owner_department))]) : "";
	return `
		<h2>${form_link("Service Customer", record.name, escape(record.customer_name))}</h2>
		<div class="pills">
			${pill(record.customer_class && escape(__(record.customer_class)), "gray")}
			${record.is_strategic ? pill(__("Strategic Customer"), "purple") : ""}
			${record.warranty_until ? pill(warranty, record.in_warranty ? "green" : "red") : pill(__("No warranty on record"), "gray")}
		</div>
		<div class="quiet">${[owner, escape(record.region || "")].filter(Boolean).join(" · ")}</div>
		${list(__("Open complaints"), record.complaints, (row) => line("Complaint", row, due(row), escape))}
		${list(__("Open contacts"), record.open_contacts, (row) => line("Contact Record", row, since(row), escape))}
		${list(__("Last contacts"), record.last_contacts, (row) => line("Contact Record", row, since(row), escape))}`;
}

function list(title, rows, show) {
	const body = rows.length
		? `<ul class="rows">${rows.map(show).join("")}</ul>`
		: `<p class="quiet">${__("None")}</p>`;
	return `<h3>${title}</h3>${body}`;
}

function line(doctype, row, time, escape) {
	const link = form_link(doctype, row.name, escape(row.name));
	const more = [row.state, row.channel, row.department].filter(Boolean).map(escape).join(" · ");
	return `<li>${link} ${escape(row.text)}<br><small class="quiet">${more} · </small><small>${time}</small></li>`;
}

function due(row) {
	if (!row.due) return __("no deadline");
	const at = frappe.datetime.str_to_user(row.due).replace(/:\d\d$/, "");
	if (row.waiting) return __("waits for the customer, due {0}", [at]);
	return row.late ? `<span class="late">${__("late, was due {0}", [at])}</span>` : __("due {0}", [at]);
}

function since(row) {
	return frappe.datetime.str_to_user(row.at).replace(/:\d\d$/, "");
}

/** A link to a record that the Tab key passes by: the form is quicker without. */
export function form_link(doctype, name, html) {
	return `<a href="${frappe.utils.get_form_link(doctype, name)}" tabindex="-1">${html}</a>`;
}
