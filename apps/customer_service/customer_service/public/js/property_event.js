// What a form of an abnormality offers: the customer told, his answer, the difference booked, a complaint made of it (D-5).
const EVENT_API = "customer_service.customer_property.event_api.";

frappe.ui.form.on("Property Event", {
	refresh(frm) {
		const offers = frm.doc.__onload?.offers || {};
		if (frm.is_new() || frm.is_dirty()) return;
		const add = (label, action, group) => frm.add_custom_button(label, () => frm.events[action](frm), group);
		if (offers.tell) add(__("By Mail"), "tell", __("Tell the Customer"));
		if (offers.tell) add(__("By Phone, Fax or Visit"), "record_told", __("Tell the Customer"));
		if (offers.decide) add(__("Record the Answer"), "record_answer");
		if (offers.book) add(__("Book Difference"), "book_difference");
		if (offers.complain) add(__("Make Complaint"), "make_complaint");
	},

	after_workflow_action: (frm) => frm.reload_doc(),

	ask(frm, method, title, ...fields) {
		const made = fields.map(([fieldname, fieldtype, label, more]) => ({ fieldname, fieldtype, label, ...more }));
		const send = (values) =>
			frappe.xcall(EVENT_API + method, { name: frm.doc.name, ...values }).then(() => frm.reload_doc());
		frappe.prompt(made, send, title, __("Save"));
	},

	tell(frm) {
		const to = ["recipient", "Data", __("E-mail"), { default: frm.doc.contact_email, reqd: 1 }];
		const words = ["message", "Small Text", __("Message"), { default: frm.doc.message }];
		frm.events.ask(frm, "tell", __("Tell the Customer"), to, words);
	},

	record_told(frm) {
		const options = ["Phone", "Fax", "Visit"].map((value) => ({ value, label: __(value) }));
		const via = ["via", "Select", __("Told By"), { options, default: "Phone", reqd: 1 }];
		const to = ["to", "Data", __("Told To"), { default: frm.doc.contact_person, reqd: 1 }];
		frm.events.ask(frm, "record_told", __("Tell the Customer"), via, to);
	},

	record_answer(frm) {
		const known = frm.get_docfield("customer_decision").options.split("\n").filter(Boolean);
		const options = known.map((value) => ({ value, label: __(value) }));
		const decision = ["decision", "Select", __("Customer's Decision"), { options, reqd: 1 }];
		const by = ["by", "Data", __("Answered By"), { default: frm.doc.contact_person, reqd: 1 }];
		const remark = ["remark", "Small Text", __("Customer's Answer")];
		frm.events.ask(frm, "record_answer", __("Record the Answer"), decision, by, remark);
	},

	book_difference(frm) {
		const { qty, place } = frm.doc;
		const difference = ["qty", "Float", __("Difference (negative: missing)"), { default: -qty, reqd: 1 }];
		const where = ["place", "Link", __("Storage Place"), { options: "Storage Place", default: place }];
		const remark = ["remark", "Small Text", __("Remark")];
		frm.events.ask(frm, "book_difference", __("Book Difference"), difference, where, remark);
	},

	make_complaint(frm) {
		frappe.model.open_mapped_doc({ method: "customer_service.customer_property.from_event.make_complaint", frm });
	},
});
