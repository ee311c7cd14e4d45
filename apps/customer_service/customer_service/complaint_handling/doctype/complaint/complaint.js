frappe.ui.form.on("Complaint", {
	refresh(frm) {
		frm.trigger("show_clocks");
		frm.trigger("limit_choices");
	},

	// The server says how each clock stands; here it only gets a colour and words.
	show_clocks(frm) {
		const colours = { running: "blue", soon: "orange", late: "red", kept: "green", paused: "grey" };
		const words = {
			running: __("due {0}"),
			soon: __("due soon: {0}"),
			late: __("late, was due {0}"),
			kept: __("kept, was due {0}"),
			paused: __("paused, due {0}"),
		};
		for (const clock of frm.doc.__onload?.clocks || []) {
			const due = frappe.datetime.str_to_user(clock.due);
			const text = words[clock.state].replace("{0}", due);
			frm.dashboard.add_indicator(`${clock.label}: ${text}`, colours[clock.state]);
		}
	},

	limit_choices(frm) {
		frm.set_query("topic", () => ({ filters: { is_active: 1 } }));
		frm.set_query("complaint_class", () => ({ filters: { is_active: 1 } }));
		frm.set_query("lead_department", () => ({ filters: { is_active: 1 } }));
	},
});
