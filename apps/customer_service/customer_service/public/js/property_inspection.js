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

	ask(frm, method, title, fields) {
		const send = (values) =>
			frappe.xcall(INSPECTION_API + method, { name: frm.doc.name, ...values }).then(() => frm.reload_doc());
		frappe.prompt(fields, send, title, __("Save"));
	},

	confirm_requirements(frm) {
		const options = ["Met", "Not Met"].map((value) => ({ value, label: __(value) }));
		frm.events.ask(frm, "confirm_requirements", __("Confirm Requirements"), [
			{ fieldname: "result", fieldtype: "Select", options, label: __("Engineering's Confirmation"), reqd: 1 },
			{ fieldname: "note", fieldtype: "Small Text", label: __("Engineering's Note") },
		]);
	},

	tell(frm) {
		const { contact_email } = frm.doc;
		frm.events.ask(frm, "tell", __("Tell the Customer"), [
			{ fieldname: "recipient", fieldtype: "Data", label: __("E-mail"), default: contact_email, reqd: 1 },
			{ fieldname: "message", fieldtype: "Small Text", label: __("Message") },
		]);
	},

	record_told(frm) {
		const options = ["Phone", "Fax", "Visit"].map((value) => ({ value, label: __(value) }));
		frm.events.ask(frm, "record_told", __("Tell the Customer"), [
			{ fieldname: "via", fieldtype: "Select", options, label: __("Told By"), default: "Phone", reqd: 1 },
			{ fieldname: "to", fieldtype: "Data", label: __("Told To"), default: frm.doc.contact_person, reqd: 1 },
		]);
	},

	record_decision(frm) {
		const { options } = frm.get_docfield("customer_decision");
		const choices = options.split("\n").filter(Boolean);
		frm.events.ask(frm, "record_decision", __("Record the Decision"), [
			{
				fieldname: "decision",
				fieldtype: "Select",
				options: choices.map((value) => ({ value, label: __(value) })),
				label: __("Customer's Decision"),
				reqd: 1,
			},
			{ fieldname: "by", fieldtype: "Data", label: __("Decided By"), default: frm.doc.contact_person, reqd: 1 },
			{ fieldname: "remark", fieldtype: "Small Text", label: __("Customer's Remark") },
		]);
	},
});
