// A survey as its customers see it, in each of its languages; nothing is answered (E-1).
frappe.ui.form.on("Satisfaction Survey", {
	refresh(frm) {
		if (!frm.is_new()) frm.add_custom_button(__("Preview"), () => frm.events.show_page(frm));
	},

	async show_page(frm) {
		const endpoint = "customer_service.customer_satisfaction.entry_api.preview";
		await frappe.require(["survey_questions.bundle.css", "survey_questions.bundle.js"]);
		const dialog = new frappe.ui.Dialog({
			title: __("Preview"),
			fields: [
				{ fieldname: "language", fieldtype: "Select", label: __("Language"), change: () => fill() },
				{ fieldname: "questions", fieldtype: "HTML" },
			],
		});
		const box = $("<div>").appendTo(dialog.get_field("questions").$wrapper);
		const fill = async () => {
			const language = dialog.get_value("language");
			const survey = await frappe.xcall(endpoint, { survey: frm.doc.name, language });
			const options = survey.languages.map(({ code, label }) => ({ value: code, label }));
			if (!language) {
				dialog.set_df_property("language", "options", options);
				dialog.get_field("language").$input.val(survey.language);
			}
			const head = $("<div>").append($("<h3>").text(survey.title), $("<p>").text(survey.introduction));
			const questions = document.createElement("div");
			new customer_service.SurveyQuestions(questions, survey);
			box.empty().append(head, questions, $("<p>").text(survey.thanks));
		};
		dialog.show();
		fill();
	},
});
