// What came on paper or was said on the phone is entered here; calls are noted, letters printed (E-1, E-2).
const SURVEY_ENTRY = "customer_service.customer_satisfaction.entry_api.";

frappe.ui.form.on("Survey Invitation", {
	refresh(frm) {
		const waits = ["Planned", "Queued", "Sent", "Bounced", "Failed"].includes(frm.doc.status);
		if (frm.is_new() || !waits || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Enter Answers"), () => frm.events.enter_answers(frm));
		frm.add_custom_button(__("Note Call"), () => frm.events.note_call(frm));
		frm.add_custom_button(__("Print Letter"), () => {
			open_url_post(`/api/method/${SURVEY_ENTRY}print_letter`, { invitation: frm.doc.name }, true);
			setTimeout(() => frm.reload_doc(), 3000);
		});
	},

	async enter_answers(frm) {
		await frappe.require(["survey_questions.bundle.css", "survey_questions.bundle.js"]);
		const asked = await frappe.xcall(`${SURVEY_ENTRY}questions`, { invitation: frm.doc.name });
		const channels = ["Letter", "Phone", "Fax", "Visit", "Carried by Hand", "E-mail"];
		const channel = { fieldname: "channel", fieldtype: "Select", label: __("How It Came"), reqd: 1 };
		Object.assign(channel, { options: channels, default: asked.channel });
		const person = [
			{ fieldname: "respondent", fieldtype: "Data", label: __("Respondent") },
			{ fieldname: "respondent_unit", fieldtype: "Data", label: __("Unit") },
			{ fieldname: "respondent_position", fieldtype: "Data", label: __("Position") },
			{
				fieldname: "evidence",
				fieldtype: "Attach",
				label: __("The Paper"),
				options: { make_attachments_public: 0 },
			},
			{ fieldname: "note", fieldtype: "Small Text", label: __("Note of the Call") },
		];
		const fields = [channel, { fieldname: "questions", fieldtype: "HTML" }, ...(asked.is_anonymous ? [] : person)];
		const dialog = new frappe.ui.Dialog({ title: __("Enter Answers"), size: "large", fields });
		const box = dialog.get_field("questions").$wrapper[0];
		const questions = new customer_service.SurveyQuestions(box, asked.survey);
		const save = async (values) => {
			const given = { ...values, invitation: frm.doc.name, answers: questions.answers() };
			await frappe.xcall(`${SURVEY_ENTRY}enter`, given);
			dialog.hide();
			frm.reload_doc();
		};
		dialog.set_primary_action(__("Save"), (values) => {
			const is_whole = questions.check() && Object.keys(questions.answers()).length;
			const ask = __(
				"Not every question has its answer. Enter it as it came? What is missing is no lowest level.",
			);
			return is_whole ? save(values) : frappe.confirm(ask, () => save(values));
		});
		dialog.show();
	},

	async note_call(frm) {
		const asked = await frappe.xcall(`${SURVEY_ENTRY}questions`, { invitation: frm.doc.name });
		const script = { fieldname: "script", fieldtype: "HTML" };
		script.options = `<p class="text-muted" style="white-space: pre-wrap">${frappe.utils.escape_html(asked.script)}</p>`;
		const reached = { fieldname: "reached", fieldtype: "Check", label: __("Somebody was reached"), default: 1 };
		const note = { fieldname: "note", fieldtype: "Small Text", label: __("Note of the Call"), reqd: 1 };
		const save = async (values) => {
			await frappe.xcall(`${SURVEY_ENTRY}note_call`, { invitation: frm.doc.name, ...values });
			frm.reload_doc();
		};
		frappe.prompt([script, reached, note], save, __("Note Call"), __("Save"));
	},
});
