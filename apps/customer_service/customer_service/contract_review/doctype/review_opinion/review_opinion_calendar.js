// Opinions at the moment at which they are due. The clock sets it, so nothing is dragged: `editable` is left to `options`.
frappe.views.calendar["Review Opinion"] = {
	field_map: {
		id: "name",
		start: "due_at",
		end: "due_at",
		title: "contract_review",
		allDay: "no_field",
		editable: "no_field",
	},
	fields: ["name", "contract_review", "department", "due_at", "status", "is_late"],
	options: { editable: false, selectable: false, displayEventEnd: false },
	// Asked before the entry is drawn, so what it shows is put together here, too.
	get_css_class: (row) => {
		row.title = `${__(row.department)} · ${row.contract_review}`;
		row.tooltip = `${row.title} · ${__(row.status)}`;
		if (row.status !== "Asked") return "success";
		return row.is_late ? "danger" : "warning";
	},
};
