frappe.ui.form.on("Complaint", {
	refresh(frm) {
		frm.trigger("show_clocks");
		frm.trigger("limit_choices");
	},

	// A step stops or pauses clocks; its answer comes without their new standing.
	after_workflow_action(frm) {
		frm.reload_doc();
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
		const clocks = frm.doc.__onload?.clocks || [];
		if (!clocks.length) return;
		const row = $("<div class='row'></div>");
		for (const clock of clocks) {
			const due = frappe.datetime.str_to_user(clock.due).replace(/:\d\d$/, "");
			const text = `${clock.label}: ${words[clock.state].replace("{0}", due)}`;
			const mark = $("<span class='indicator'></span>").addClass(colours[clock.state]).text(text);
			$("<div class='col-sm-6'></div>").append(mark).appendTo(row);
		}
		frm.dashboard.add_section(row, __("Clocks"));
		frm.dashboard.show();
	},

	limit_choices(frm) {
		frm.set_query("topic", () => ({ filters: { is_active: 1 } }));
		frm.set_query("complaint_class", () => ({ filters: { is_active: 1 } }));
		frm.set_query("lead_department", () => ({ filters: { is_active: 1 } }));
	},
});
