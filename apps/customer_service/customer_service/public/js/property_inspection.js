// What a form of an incoming inspection offers: engineering's word, the customer told, his decision (D-2).
const INSPECTION_API = "customer_service.customer_property.inspection_api.";

frappe.ui.form.on("Property Inspection", {
	refresh(frm) {
		const offers = frm.doc.__onload?.offers || {};
		if (frm.is_new() || frm.is_dirty()) return;
		const add = (label, action, group) => frm.add_custom_button(label, () => frm.events[action](frm), group);
		if (offers.confirm) add(__("Confirm Requirements"), "confirm_requirements");
		if (offers.tell) add(__("By Mail"), "tell", __("Tell the Customer"));
		if (offers.tell) add(__("By Phone, Fax or Visit"), "record_told", __("Tell the Customer"));
		if (offers.decide) add(__("Record the Decision"), "record_decision");
	},

	after_workflow_action: (frm) => frm.reload_doc(),

	ask(frm, method, title, ...fields) {
		const made = fields.map(([fieldname, fieldtype, label, more]) => ({ fieldname, fieldtype, label, ...more }));
		const send = (values) =>
			frappe.xcall(INSPECTION_API + method, { name: frm.doc.name, ...values }).then(() => frm.reload_doc());
		frappe.prompt(made, send, title, __("Save"));
	},

	confirm_requirements(frm) {
		const options = ["Met", "Not Met"].map((value) => ({ value, label: __(value) }));
		const result = ["result", "Select", __("Engineering's Confirmation"), { options, reqd: 1 }];
		const note = ["note", "Small Text", __("Engineering's Note")];
		frm.events.ask(frm, "confirm_requirements", __("Confirm Requirements"), result, note);
	},

	tell(frm) {
		const to = ["recipient", "Data", __("E-mail"), { default: frm.doc.contact_email, reqd: 1 }];
		frm.events.ask(frm, "tell", __("Tell the Customer"), to, ["message", "Small Text", __("Message")]);
	},

	record_told(frm) {
		const options = ["Phone", "Fax", "Visit"].map((value) => ({ value, label: __(value) }));
		const via = ["via", "Select", __("Told By"), { options, default: "Phone", reqd: 1 }];
		const to = ["to", "Data", __("Told To"), { default: frm.doc.contact_person, reqd: 1 }];
		frm.events.ask(frm, "record_told", __("Tell the Customer"), via, to);
	},

	record_decision(frm) {
		const known = frm.get_docfield("customer_decision").options.split("\n").filter(Boolean);
		const options = known.map((value) => ({ value, label: __(value) }));
		const decision = ["decision", "Select", __("Customer's Decision"), { options, reqd: 1 }];
		const by = ["by", "Data", __("Decided By"), { default: frm.doc.contact_person, reqd: 1 }];
		const remark = ["remark", "Small Text", __("Customer's Remark")];
		frm.events.ask(frm, "record_decision", __("Record the Decision"), decision, by, remark);
	},
});
