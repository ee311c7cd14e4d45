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

	ask(frm, method, title, fields) {
		const send = (values) =>
			frappe.xcall(EVENT_API + method, { name: frm.doc.name, ...values }).then(() => frm.reload_doc());
		frappe.prompt(fields, send, title, __("Save"));
	},

	tell(frm) {
		const { contact_email, message } = frm.doc;
		frm.events.ask(frm, "tell", __("Tell the Customer"), [
			{ fieldname: "recipient", fieldtype: "Data", label: __("E-mail"), default: contact_email, reqd: 1 },
			{ fieldname: "message", fieldtype: "Small Text", label: __("Message"), default: message },
		]);
	},

	record_told(frm) {
		const options = ["Phone", "Fax", "Visit"].map((value) => ({ value, label: __(value) }));
		frm.events.ask(frm, "record_told", __("Tell the Customer"), [
			{ fieldname: "via", fieldtype: "Select", options, label: __("Told By"), default: "Phone", reqd: 1 },
			{ fieldname: "to", fieldtype: "Data", label: __("Told To"), default: frm.doc.contact_person, reqd: 1 },
		]);
	},

	record_answer(frm) {
		const known = frm.get_docfield("customer_decision").options.split("\n").filter(Boolean);
		const options = known.map((value) => ({ value, label: __(value) }));
		frm.events.ask(frm, "record_answer", __("Record the Answer"), [
			{ fieldname: "decision", fieldtype: "Select", options, label: __("Customer's Decision"), reqd: 1 },
			{ fieldname: "by", fieldtype: "Data", label: __("Answered By"), default: frm.doc.contact_person, reqd: 1 },
			{ fieldname: "remark", fieldtype: "Small Text", label: __("Customer's Answer") },
		]);
	},

	book_difference(frm) {
		const { qty, place } = frm.doc;
		frm.events.ask(frm, "book_difference", __("Book Difference"), [
			{ fieldname: "qty", fieldtype: "Float", label: __("Difference (negative: missing)"), default: -qty, reqd: 1 },
			{ fieldname: "place", fieldtype: "Link", options: "Storage Place", label: __("Storage Place"), default: place },
			{ fieldname: "remark", fieldtype: "Small Text", label: __("Remark") },
		]);
	},

	make_complaint(frm) {
		frappe.model.open_mapped_doc({ method: "customer_service.customer_property.from_event.make_complaint", frm });
	},
});
