const API = "customer_service.customer_communication.api.";

const take = (frm, method, values = {}) =>
	frappe.call(API + method, { name: frm.doc.name, ...values }).then(() => frm.reload_doc());

const ask = (frm, method, fieldname, label, title) =>
	frappe.prompt({ fieldname, label, fieldtype: "Small Text", reqd: 1 }, (values) => take(frm, method, values), title);

frappe.ui.form.on("Internal Slip", {
	setup(frm) {
		frm.set_query("department", "recipients", () => ({ filters: { is_active: 1 } }));
		frm.set_query("from_department", () => ({ filters: { is_active: 1 } }));
		frm.set_query("reference_doctype", () => ({
			filters: { module: ["in", ["Customer Communication", "Complaint Handling"]], istable: 0, issingle: 0 },
		}));
	},

	// The server says what this user may do with the slip; here it only becomes a button.
	refresh(frm) {
		frm.page.set_indicator(...indicator(frm.doc.status));
		const may = frm.doc.__onload?.slip || {};
		if (frm.is_new() || frm.is_dirty()) return;
		if (frm.doc.status !== "Draft") {
			frm.set_read_only();
			frm.refresh_fields();
			frm.disable_save();
		}
		if (may.send) frm.add_custom_button(__("Send"), () => take(frm, "send_slip")).addClass("btn-primary");
		if (may.acknowledge) frm.add_custom_button(__("Acknowledge"), () => take(frm, "acknowledge"));
		if (may.answer) {
			frm.add_custom_button(__("Answer"), () => ask(frm, "answer", "answer", __("Answer"), __("Answer")));
		}
		if (may.close) frm.add_custom_button(__("Close"), () => take(frm, "close_slip"));
		if (may.cancel) {
			frm.page.add_menu_item(__("Cancel Slip"), () =>
				ask(frm, "cancel_slip", "reason", __("Reason"), __("Cancel Slip")),
			);
		}
	},
});

function indicator(status) {
	const colours = {
		Draft: "red",
		Sent: "orange",
		Acknowledged: "blue",
		Answered: "green",
		Closed: "grey",
		Cancelled: "grey",
	};
	return [__(status), colours[status]];
}
