// Orders on the day of their first delivery. That follows from the lines, so nothing is dragged: `editable` is left to `options`,
// and a day is the same day in every time zone (Frappe sets both by itself where the map has no such key).
frappe.views.calendar["Contract Review"] = {
	field_map: {
		id: "name",
		start: "first_delivery",
		end: "first_delivery",
		title: "customer_name",
		editable: "no_field",
		convertToUserTz: "no_field",
	},
	fields: ["name", "customer_name", "customer_order_no", "first_delivery", "workflow_state", "state_category"],
	options: { editable: false, selectable: false },
	// Asked before the entry is drawn, so what it shows is put together here, too.
	get_css_class: (row) => {
		row.title = [row.customer_name, row.customer_order_no].filter(Boolean).join(" · ");
		row.tooltip = `${row.name} · ${__(row.workflow_state)}`;
		return { Open: "default", Waiting: "warning", Resolved: "success" }[row.state_category] || "default";
	},
};
