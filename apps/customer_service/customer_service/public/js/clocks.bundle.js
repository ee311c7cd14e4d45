frappe.provide("customer_service.clocks");

const COLOURS = { running: "blue", soon: "orange", late: "red", kept: "green", paused: "grey" };

/** Show how each clock of the record stands, and offer to pause them by hand. The server says all of it; here it only gets a
 * colour and words. For DocTypes under clocks, from their form's `refresh`. */
customer_service.clocks.show = (frm) => {
	const clocks = frm.doc.__onload?.clocks || [];
	// A form may be refreshed twice in a row; what the first time has shown goes.
	$(frm.wrapper).find(".cs-clocks").closest(".form-dashboard-section").remove();
	if (clocks.length) {
		const row = $("<div class='row cs-clocks'></div>");
		clocks.forEach((clock) => row.append(mark_of(clock)));
		frm.dashboard.add_section(row, __("Clocks"));
		frm.dashboard.show();
	}
	offer_pause(frm, clocks);
};

function mark_of(clock) {
	const words = {
		running: __("due {0}"),
		soon: __("due soon: {0}"),
		late: __("late, was due {0}"),
		kept: __("kept, was due {0}"),
		paused: __("paused, due {0}"),
	};
	const due = frappe.datetime.str_to_user(clock.due).replace(/:\d\d$/, "");
	const text = `${clock.label}: ${words[clock.state].replace("{0}", due)}`;
	const mark = $("<span class='indicator'></span>").addClass(COLOURS[clock.state]).text(text);
	return $("<div class='col-sm-6'></div>").append(mark);
}

function offer_pause(frm, clocks) {
	if (frm.is_new() || !frm.perm[0]?.write || !frappe.meta.has_field(frm.doctype, "held_since")) return;
	const record = { doctype: frm.doctype, name: frm.docname };
	const done = () => frm.reload_doc();
	if (frm.doc.held_since) {
		const resume = () => frappe.call("customer_service.organisation.api.release_clocks", record).then(done);
		frm.add_custom_button(__("Resume Clocks"), resume, __("Clocks"));
	} else if (clocks.some((clock) => !clock.stopped)) {
		const ask = () =>
			frappe.prompt(
				{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
				({ reason }) =>
					frappe.call("customer_service.organisation.api.hold_clocks", { ...record, reason }).then(done),
				__("Pause the Clocks"),
				__("Pause"),
			);
		frm.add_custom_button(__("Pause Clocks"), ask, __("Clocks"));
	}
}
