const CHANGE_API = "customer_service.contract_review.change_api.";

// What stays as it was handed in.
const HANDED_IN = [
	"origin",
	"cause",
	"department",
	"reason",
	"request",
	"lines",
	"payment_terms",
	"delivery_terms",
	"special_requirements",
];

frappe.ui.form.on("Order Change", {
	setup(frm) {
		frm.set_query("contract_review", () => ({
			filters: { approved_at: ["is", "set"], state_category: "Resolved" },
		}));
		frm.set_query("cause", () => ({ filters: { is_active: 1, origin: ["in", ["", frm.doc.origin]] } }));
	},

	refresh(frm) {
		if (frm.is_new() && frm.doc.contract_review && !(frm.doc.lines || []).some((row) => row.description)) {
			frm.trigger("contract_review");
		}
		customer_service.show_differences(frm.get_field("before_after"), frm.doc.__onload?.differences || []);
		if (["Closed", "Cancelled"].includes(frm.doc.state_category)) frm.disable_form();
		const is_open = frm.is_new() || frm.doc.__onload?.is_open;
		for (const field of HANDED_IN) frm.set_df_property(field, "read_only", is_open ? 0 : 1);
	},

	// A change begins with the order as it stands.
	contract_review(frm) {
		if (!frm.doc.contract_review || !frm.is_new()) return;
		const order = { contract_review: frm.doc.contract_review };
		frappe.xcall(`${CHANGE_API}proposal`, order).then(({ lines, ...terms }) => {
			frm.clear_table("lines");
			for (const line of lines) frm.add_child("lines", line);
			frm.set_value(terms);
			frm.refresh_field("lines");
		});
	},

	origin(frm) {
		frm.set_value("cause", null);
	},

	after_workflow_action(frm) {
		frm.reload_doc();
	},
});
