"""Which scripts the desk loads with the forms and lists of our DocTypes: the values of Frappe's hooks."""

DOCTYPE_JS = {
	"Contract Review": ["public/js/order_letters.js", "public/js/review_file.js"],
	"Customer Property": "public/js/property_items.js",
	"Property Receipt": "public/js/property_documents.js",
	"Property Movement": "public/js/property_documents.js",
	"Property Event": "public/js/property_event.js",
	"Property Inspection": "public/js/property_inspection.js",
	"Property Statement": "public/js/property_statement.js",
	"Property Stock Take": "public/js/property_stock_take.js",
	"Satisfaction Survey": ["public/js/survey_template.js", "public/js/survey_preview.js"],
	"Survey Campaign": [
		"public/js/survey_campaign.js",
		"public/js/survey_progress.js",
		"public/js/survey_letters.js",
		"public/js/survey_result.js",
	],
	"Survey Invitation": ["public/js/survey_send_again.js", "public/js/survey_invitation.js"],
	"Survey Response": "public/js/survey_response.js",
}
DOCTYPE_LIST_JS = {"Survey Response": "public/js/survey_response_list.js"}
