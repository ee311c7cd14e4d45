// Any form of a register that improvements are started from shows its improvements and offers to start one.
$(document).on("form-refresh", (_event, frm) => {
	const shown = frm.doc.__onload?.improvements;
	if (!shown || frm.is_new()) return;
	const colours = { Open: "blue", Waiting: "orange", Resolved: "green", Closed: "grey" };
	for (const row of shown.rows) {
		const link = frappe.utils.get_form_link("Improvement", row.name, true);
		frm.dashboard.add_indicator(`${link}: ${frappe.utils.escape_html(row.state)}`, colours[row.category]);
	}
	if (!shown.may_start) return;
	for (const kind of ["Corrective", "Preventive"]) {
		frm.add_custom_button(__(kind), () => start(frm, kind), __("Make Improvement"));
	}
});

function start(frm, kind) {
	if (frm.is_dirty()) return frappe.msgprint(__("Save the record first."));
	return frappe
		.xcall("customer_service.improvement.api.start_improvement", {
			doctype: frm.doctype,
			name: frm.docname,
			kind,
		})
		.then((name) => frappe.set_route("Form", "Improvement", name));
}
