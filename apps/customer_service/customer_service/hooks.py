from customer_service.controlled_forms import personal_fields, retained
from customer_service.improvement import declared
from customer_service.organisation import desk_scripts, roles, row_rules

app_name = "customer_service"
app_title = "Customer Service"
app_publisher = "Customer Service for Frappe contributors"
app_description = "Customer service control procedures of an ISO 9001 company"
app_email = "customer-service@example.com"
app_license = "MIT"

after_install = "customer_service.install.after_install"
after_migrate = "customer_service.install.after_migrate"
after_app_install = after_app_uninstall = "customer_service.organisation.neighbours.follow_apps"
before_uninstall = "customer_service.uninstall.before_uninstall"
after_uninstall = "customer_service.uninstall.after_uninstall"

clear_cache = ["customer_service.organisation.caching.forget_all"]
extend_bootinfo = ["customer_service.organisation.processes.hide_from_boot"]
_js = ("customer_service", "clocks", "complaint", "improvement", "customer_answered", "legal_hold", "orders", "routing")
app_include_js = [f"{bundle}.bundle.js" for bundle in _js]
doctype_js, doctype_list_js = desk_scripts.DOCTYPE_JS, desk_scripts.DOCTYPE_LIST_JS
update_website_context = ["customer_service.organisation.web_form_page.add_translations"]
before_request = ["customer_service.organisation.guest.keep_out"]
after_request = ["customer_service.organisation.guest.forbid_storing"]

permission_query_conditions = row_rules.condition_hooks()
has_permission = row_rules.permission_hooks()

ignore_links_on_delete = ["Shipped Record", "Service Event", "Routing Decision"]

records_with_retention = retained.RECORDS

closing_gates = {
	"Complaint": [
		"customer_service.complaint_handling.dispositions.open_dispositions",
		"customer_service.complaint_handling.tasks.open_tasks",
		"customer_service.improvement.gates.open_improvements",
		"customer_service.customer_communication.gates.open_slips",
		"customer_service.customer_communication.gates.open_instructions",
	]
}

mail_returns = ["customer_service.customer_satisfaction.sending.returned"]

improvement_sources = declared.SOURCES

web_form_intakes = {
	"Complaint": "customer_service.complaint_handling.intake.take",
	"Survey Response": "customer_service.customer_satisfaction.web_answers.take",
}

user_data_fields = personal_fields.user_data_fields

doc_events = {
	"*": {"onload": ["customer_service.controlled_forms.holds.show", "customer_service.improvement.sources.show"]},
	"ToDo": {"on_update": "customer_service.customer_communication.plan_tasks.follow_todo"},
	"Personal Data Deletion Request": {
		"validate": "customer_service.controlled_forms.personal_data.before_frappe_deletes"
	},
	"Error Log": {"before_insert": "customer_service.organisation.error_log.scrub"},
	"File": {
		"before_insert": "customer_service.organisation.attachments.guard_file",
		"validate": [
			"customer_service.organisation.attachments.keep_private",
			"customer_service.controlled_forms.procedure_documents.keep_signed_file",
			"customer_service.contract_review.files.keep_approved",
		],
		"on_trash": [
			"customer_service.controlled_forms.procedure_documents.keep_signed_file",
			"customer_service.contract_review.files.keep_approved",
		],
	},
	"Communication": {"after_insert": "customer_service.customer_communication.mail_answers.follow_sent_mail"},
	"Email Queue": {
		"before_insert": "customer_service.controlled_forms.printing.render_mail_attachments",
		"validate": "customer_service.customer_communication.mail_guard.mark_as_automatic",
	},
	"Print Format": {
		"validate": "customer_service.controlled_forms.layouts.try_out",
		"on_update": "customer_service.controlled_forms.layouts.tell_about_versions",
	},
}

scheduler_events = {
	"cron": {
		"*/5 * * * *": [
			"customer_service.organisation.clock_sweep.run",
			"customer_service.controlled_forms.batch.resume_stalled",
			"customer_service.customer_satisfaction.sending.run",
		]
	},
	"hourly": ["customer_service.controlled_forms.approval.follow_dates"],
	"hourly_long": [
		"customer_service.controlled_forms.disposal.carry_on",
		"customer_service.customer_satisfaction.reminders.run",
	],
	"daily": [
		"customer_service.controlled_forms.procedure_documents.run",
		"customer_service.improvement.effectiveness.run",
		"customer_service.contract_review.proforma_steps.expire",
	],
	"daily_long": [
		"customer_service.complaint_handling.customer_decision.close_unanswered",
		"customer_service.organisation.guest.delete_expired_links",
		"customer_service.controlled_forms.batch.delete_old",
		"customer_service.customer_property.checks.open_due",
	],
}

pdf_body_html = "customer_service.controlled_forms.printing.render_body"

jinja = {
	"methods": [
		"customer_service.controlled_forms.layout.cs_form",
		"customer_service.controlled_forms.layout.cs_label",
		"customer_service.controlled_forms.layout.cs_sections",
		"customer_service.controlled_forms.layout.cs_trail",
		"customer_service.controlled_forms.layout.cs_value",
		"customer_service.complaint_handling.dispositions.cs_dispositions",
		"customer_service.contract_review.opinions.cs_board",
		"customer_service.contract_review.review_file.cs_review_file",
		"customer_service.contract_review.follow_up.cs_deliveries",
		"customer_service.customer_property.labels.cs_property_code",
		"customer_service.customer_property.stock_takes.cs_hides_book",
		"customer_service.controlled_forms.procedure_prints.cs_page_mark",
		"customer_service.controlled_forms.procedure_prints.cs_rich",
		"customer_service.customer_property.pictures.cs_picture",
		"customer_service.customer_satisfaction.letters.cs_survey_letter",
	]
}

fixtures = [{"doctype": "Role", "filters": [["name", "in", list(roles.ROLES)]]}]

override_doctype_dashboards = declared.connections()

override_doctype_class = {"Email Account": "customer_service.customer_communication.mail_account.ServiceEmailAccount"}
override_whitelisted_methods = {
	"frappe.client.get_count": "customer_service.organisation.access.get_count",
	"frappe.utils.print_format.download_pdf": "customer_service.controlled_forms.frappe_doors.download_pdf",
	"frappe.utils.print_format.download_multi_pdf": "customer_service.controlled_forms.frappe_doors.download_multi_pdf",
	"frappe.utils.print_format.report_to_pdf": "customer_service.controlled_forms.frappe_doors.report_to_pdf",
	"frappe.website.doctype.web_form.web_form.accept": "customer_service.organisation.web_forms.accept",
	"frappe.desk.desktop.get_desktop_page": "customer_service.organisation.workspaces.get_desktop_page",
	"frappe.desk.query_report.export_query": "customer_service.organisation.exports.export_report",
	"frappe.desk.reportview.export_query": "customer_service.organisation.exports.export_list",
}
