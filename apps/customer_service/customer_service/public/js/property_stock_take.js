// Counts are entered line by line, or pasted from a spreadsheet (D-4).
frappe.ui.form.on("Property Stock Take", {
	refresh(frm) {
		const grid = frm.get_field("lines").grid;
		grid.cannot_add_rows = grid.cannot_delete_rows = true;
		frm.refresh_field("lines");
		if (frm.is_new() || frm.is_dirty() || !frm.perm[0]?.write || frm.doc.__onload?.step !== "Counting") return;
		frm.add_custom_button(__("Paste Counts"), () => frm.events.paste(frm));
	},

	after_workflow_action: (frm) => frm.reload_doc(),

	paste(frm) {
		const ask = {
			fieldname: "rows",
			fieldtype: "Long Text",
			label: __("Counts"),
			description: __("Columns: number, storage place, counted quantity, remark; as a spreadsheet copies them."),
			reqd: 1,
		};
		const send = async ({ rows }) => {
			const method = "customer_service.customer_property.stock_take_api.enter_counts";
			const done = await frappe.xcall(method, { name: frm.doc.name, rows });
			frappe.show_alert(__("{0} counts entered, {1} lines are left.", [done.entered, done.left]));
			frm.reload_doc();
		};
		frappe.prompt([ask], send, __("Paste Counts"), __("Save"));
	},
});

// A quantity that is typed is counted; 0 is ticked by hand.
frappe.ui.form.on("Property Stock Take Line", {
	counted_qty(frm, doctype, name) {
		if (locals[doctype][name].counted_qty) frappe.model.set_value(doctype, name, "is_counted", 1);
	},
});
