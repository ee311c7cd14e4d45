"""A half-yearly survey told in order, from its plan to its report (E-1 to E-6): 40 customers in two languages, asked by P1's questionnaire.

Two mails come back, 30 customers answer: 20 by their link, 5 by phone, 5 on paper. Two answers are not valid. Every step is taken by the
person whose it is; the figures are worked out by hand beside it.
"""

import json
from datetime import timedelta

import frappe
import pytest

from customer_service.customer_satisfaction import entry_api, judging_api, recovery, reminders, results, sending
from customer_service.exceptions import RecordClosedError, SurveyError
from customer_service.organisation import clock, presets
from customer_service.tests import survey_data
from customer_service.tests.browser import text_of
from customer_service.tests.campaigns import CAMPAIGN, INVITATION, RESPONSE, invitations_of, make_campaign
from customer_service.tests.client import Refused
from customer_service.tests.factories import as_person, go, lay_down, make_customer
from customer_service.tests.test_mail import body, inbox  # noqa: F401
from customer_service.tests.test_survey_sending import TOKEN, nothing_left  # noqa: F401

CODES = ("QUALITY", "DELIVERY", "COORDINATION", "SERVICE", "PRICE")

LEVELS = ((1, 4, 2, 1, 4), (2, 3, 2, 2, 4), (1, 4, 1, 2, 3))
"""How the first ten, the second ten and the last ten of those who answer do so; 1 is the best of five levels."""

# P1: five items of 20, levels 100, 80, 60, 30, 0 % of them: 20, 16, 12, 6, 0.
#   first ten   20 +  6 + 16 + 20 +  6 = 68
#   second ten  16 + 12 + 16 + 16 +  6 = 66
#   last ten    20 +  6 + 20 + 16 + 12 = 74
P1_SCORES = (68, 66, 74)

# Of the last ten two are not valid: 28 count.
#   QUALITY      (10×20 + 10×16 + 8×20) ÷ 28 = 520 ÷ 28 = 18.5714
#   DELIVERY     (10×6  + 10×12 + 8×6)  ÷ 28 = 228 ÷ 28 =  8.1429   below 12
#   COORDINATION (10×16 + 10×16 + 8×20) ÷ 28 = 480 ÷ 28 = 17.1429
#   SERVICE      (10×20 + 10×16 + 8×16) ÷ 28 = 488 ÷ 28 = 17.4286
#   PRICE        (10×6  + 10×6  + 8×12) ÷ 28 = 216 ÷ 28 =  7.7143   below 12
MEANS = {"QUALITY": 18.5714, "DELIVERY": 8.1429, "COORDINATION": 17.1429, "SERVICE": 17.4286, "PRICE": 7.7143}

# Deductions (E-4c): the first customer has two justified complaints and one return: 68 − 2×1 − 1×2 = 64.
# The second has six justified complaints, at most 5 count: 68 − 5×1 = 63. Complaints that were not justified, or came before the
# period, cost nothing.
#   mean (10×68 + 10×66 + 8×74 − 4 − 5) ÷ 28 = (1932 − 9) ÷ 28 = 1923 ÷ 28 = 68.6786
MEAN_SCORE = 68.6786


def test_from_plan_to_report(inbox, client):  # noqa: F811
	customers = [make_customer(language="en" if number % 2 else "zh") for number in range(40)]
	survey = reviewed_and_approved(client)
	campaign = planned(survey, customers)
	tokens = invited(campaign, inbox)
	bounced(campaign)
	answered(campaign, tokens, client)
	reminded(campaign, inbox)
	judged(campaign)
	complaints_and_returns(customers)
	analysed(campaign, customers)
	reported(campaign, customers, client)


def reviewed_and_approved(client):
	"""E-1, E-4c: the questionnaire that ships with the profile is reviewed, approved and put into use by those whose task it is."""
	survey = frappe.copy_doc(frappe.get_doc("Satisfaction Survey", "P1-CUSTOMER V1"), ignore_no_copy=False)
	survey.survey_code = f"HALF-YEAR-{frappe.generate_hash(length=5)}"
	survey.insert()
	with pytest.raises(Exception, match="(?i)not allowed|not a valid"):
		go(survey, "Approve Survey", by="clerk")
	go(survey, "Review Survey", by="manager")
	go(survey, "Approve Survey", by="general_manager")
	return go(survey, "Put Into Use", by="clerk")


def planned(survey, customers):
	with as_person("clerk"):
		return make_campaign(
			survey, customers, occasion="Half-Yearly", reminders=[{"days_after": 5}], mails_at_once=100_000
		)


def invited(campaign, inbox) -> dict[str, str]:  # noqa: F811
	"""E-2: 40 mails, each with its own link, in the customer's language. :returns: token by invitation."""
	go(campaign, "Send Invitations", by="clerk")
	sending.go_on(campaign.name)
	send_all()
	sending.run()
	frappe.db.commit()
	assert len(inbox.messages) == 40
	assert sum("顾客满意度" in body(message) or "您" in body(message) for message in inbox.messages) == 20
	found = {message["To"]: TOKEN.search(body(message)).group(2) for message in inbox.messages}
	assert len(set(found.values())) == 40
	rows = invitations_of(campaign)
	assert {row.status for row in rows} == {"Sent"}
	return {row.name: found[row.email] for row in rows}


def send_all() -> None:
	"""What the site's workers do mail by mail, each in a process of its own: a second a mail."""
	for name in frappe.get_all("Email Queue", {"status": "Not Sent"}, pluck="name"):
		frappe.get_doc("Email Queue", name).send()


def bounced(campaign) -> None:
	"""Two of the mails come back: sent are 38 then, and nobody has answered."""
	last = invitations_of(campaign)[-2:]
	for row in last:
		message_id = frappe.db.get_value("Email Queue", row.email_queue, "message_id")
		assert sending.returned([message_id], "550 5.1.1 User unknown")
	frappe.db.commit()
	figures = recovery.count(campaign.name)
	assert (figures.invited, figures.sent, figures.bounced, figures.answered) == (40, 38, 2, 0)


def answered(campaign, tokens: dict[str, str], client) -> None:
	"""E-2: 20 by their link, 5 by phone with a note, 5 on paper with the paper; nobody twice."""
	rows = [row for row in invitations_of(campaign) if row.status == "Sent"][:30]
	guest = client(None)
	for number, row in enumerate(rows[:20]):
		given = answers_of(number)
		if number == 0:
			given["OPINION"] = "Deliveries are late too often."
		assert post(guest, tokens[row.name], given)["state"] == "answered"
	with pytest.raises(Refused, match="already"):
		post(guest, tokens[rows[0].name], answers_of(0))
	frappe.db.rollback()
	with as_person("clerk"):
		for number, row in enumerate(rows[20:25], 20):
			entry_api.enter(
				row.name, "Phone", json.dumps(answers_of(number)), respondent="Li Example", note="Called at ten."
			)
		for number, row in enumerate(rows[25:], 25):
			paper = paper_of()
			entry_api.enter(row.name, "Letter", answers_of(number), evidence=paper)
		with pytest.raises(SurveyError, match="paper"):
			entry_api.enter(invitations_of(campaign)[30].name, "Letter", answers_of(0))
	with as_person("quality_reviewer"), pytest.raises(frappe.PermissionError):
		entry_api.enter(invitations_of(campaign)[30].name, "Phone", answers_of(0), note="Called.")
	frappe.db.commit()
	scores = frappe.get_all(
		RESPONSE, {"campaign": campaign.name}, ["base_score"], order_by="name asc", pluck="base_score"
	)
	assert scores == [P1_SCORES[number // 10] for number in range(30)]


def answers_of(number: int) -> dict[str, str]:
	return dict(zip(CODES, map(str, LEVELS[number // 10]), strict=True))


def post(guest, token: str, answers: dict) -> dict:
	data = json.dumps({"token": token, "answers": answers, "respondent": "Li Example", "_lang": "en"})
	return guest.call("frappe.website.doctype.web_form.web_form.accept", web_form="survey", data=data)


def paper_of() -> str:
	"""The address of a private file of the present user: the paper that came by post."""
	values = {"doctype": "File", "file_name": f"paper-{frappe.generate_hash(length=6)}.txt", "is_private": 1}
	return frappe.get_doc({**values, "content": frappe.generate_hash(length=20)}).insert().file_url


def reminded(campaign, inbox) -> None:  # noqa: F811
	"""E-2, E-3: on the fifth day the eight who got their mail and have not answered are reminded, once."""
	inbox.messages.clear()
	campaign.reload()
	for _run in range(2):
		frappe.flags.service_now = campaign.sending_at + timedelta(days=5)
		reminders.run()
		frappe.flags.service_now = None
		send_all()
	assert len(inbox.messages) == 8
	assert sum(message["Subject"].startswith("Reminder: ") for message in inbox.messages) == 4
	assert frappe.db.count(INVITATION, {"campaign": campaign.name, "reminders_sent": 1}) == 8


def judged(campaign) -> None:
	"""E-3: 28 of 38 are 73.68 % and more than 70: valid. With two fewer, 26 of 38, 68.42 %: not valid."""
	names = frappe.get_all(RESPONSE, {"campaign": campaign.name}, pluck="name", order_by="name asc")
	with as_person("quality_reviewer"), pytest.raises(frappe.PermissionError):
		judging_api.judge(names[:1], "Valid")
	with as_person("clerk"):
		judging_api.judge(names[:28], "Valid")
		with pytest.raises(SurveyError, match="why"):
			judging_api.judge(names[28:], "Not Valid")
		judging_api.judge(names[28:], "Not Valid", "Filled in by an agent, not by the customer.")
		words = frappe.db.get_value("Survey Answer", {"parent": names[0], "code": "OPINION"}, "name")
		judging_api.mark_adverse(names[0], words)
	assert of_campaign(campaign) == (38, 2, 30, 28, 2, 73.68, 1)
	judging_api.judge(names[26:28], "Not Valid", "Nobody knows who answered.")
	assert of_campaign(campaign) == (38, 2, 30, 26, 4, 68.42, 0)
	judging_api.judge(names[26:28], "Valid")


def of_campaign(campaign) -> tuple:
	fields = ("sent", "bounced", "answered", "judged_valid", "judged_invalid", "recovery", "is_valid")
	return frappe.db.get_value(CAMPAIGN, campaign.name, fields)


def complaints_and_returns(customers) -> None:
	"""E-4c: what the registers hold of the first four customers."""
	day = clock.now() - timedelta(days=30)
	before = clock.now() - timedelta(days=300)

	def complaint(customer, **values):
		values = {"is_justified": "Justified", "state_category": "Closed", "received_at": day, **values}
		lay_down("Complaint", customer=customer.name, **values)

	first, second, third, fourth = customers[:4]
	for _number in range(2):
		complaint(first)
	lay_down("Complaint Disposition", customer=first.name, nature="Return", carried_out_at=day, state_category="Closed")
	for _number in range(6):
		complaint(second)
	complaint(third, is_justified="Not Justified")
	complaint(fourth, received_at=before)


def analysed(campaign, customers) -> None:
	"""E-4c, E-5, E-6: deductions, means, two items below 12, an improvement for each and for the adverse comment."""
	go(campaign, "Close Campaign", by="clerk")
	go(campaign, "Analyse", by="clerk")
	campaign.reload()
	result = frappe.get_doc("Survey Result", campaign.current_result)
	items = {row.code: row for row in result.items}
	assert {code: round(items[code].mean, 4) for code in CODES} == MEANS
	assert [code for code in CODES if items[code].is_low] == ["DELIVERY", "PRICE"]
	assert round(result.mean_score, 4) == MEAN_SCORE
	assert (round(result.recovery, 1), result.is_valid) == (73.7, 1)
	scores = {customer.name: score_of(campaign, customer) for customer in customers[:4]}
	assert [scores[customer.name].score for customer in customers[:4]] == [64, 63, 68, 68]
	assert scores[customers[0].name].explanation.startswith("68 − 2×1 − 1×2 = 64")
	counted = scores[customers[1].name].deductions
	assert [row.points for row in counted] == [1, 1, 1, 1, 1, 0], "the sixth complaint is beyond the limit"
	assert {row.reference_doctype for row in scores[customers[0].name].deductions} == {
		"Complaint",
		"Complaint Disposition",
	}
	led = {
		code: frappe.db.get_value("Improvement", items[code].improvement, "lead_department")
		for code in ("DELIVERY", "PRICE")
	}
	assert led == {"DELIVERY": "Materials", "PRICE": "Marketing"}
	words = frappe.get_all("Survey Answer", {"campaign": campaign.name, "is_adverse": 1}, ["improvement"])
	assert len(words) == 1 and words[0].improvement not in (items["DELIVERY"].improvement, items["PRICE"].improvement)
	again = results.reckon(campaign.name)
	assert again.version == result.version + 1 and again.mean_score == result.mean_score
	assert [row.improvement for row in again.items] == [row.improvement for row in result.items], (
		"nothing is opened twice"
	)


def score_of(campaign, customer):
	return frappe.get_doc(RESPONSE, {"campaign": campaign.name, "customer": customer.name})


def reported(campaign, customers, client) -> None:
	"""E-5: people add their words, the manager reports; from then on nothing moves, whatever the registers get."""
	campaign.reload()
	campaign.conclusions = "Delivery needs a second carrier."
	campaign.save()
	with pytest.raises(Exception, match="(?i)not allowed|not a valid"):
		go(campaign, "Report", by="clerk")
	go(campaign, "Report", by="manager")
	frappe.db.commit()
	lay_down(
		"Complaint", customer=customers[2].name, is_justified="Justified", received_at=clock.now() - timedelta(days=2)
	)
	with pytest.raises(SurveyError, match="is reported"):
		results.reckon(campaign.name)
	assert score_of(campaign, customers[2]).score == 68
	names = frappe.get_all(RESPONSE, {"campaign": campaign.name}, pluck="name")
	with pytest.raises(SurveyError, match="reported"):
		judging_api.judge(names[:1], "Valid")
	campaign.reload()
	campaign.conclusions = "Other words"
	with pytest.raises(RecordClosedError):
		campaign.save()
	report = text_of(client("manager").pdf("Survey Result", campaign.current_result, format="Satisfaction Analysis"))
	for words in (
		"73.68",
		"68.68",
		"Delivery on time",
		"Delivery needs a second carrier.",
		"Deliveries are late too often.",
	):
		assert words in report, words


# --- the same answers by the other schemes ----------------------------------------------------------------------------------

# P0, five levels 100, 80, 60, 30, 0, the mean of five items:
#   (100+30+80+100+30) ÷ 5 = 68, (80+60+80+80+30) ÷ 5 = 66, (100+30+100+80+60) ÷ 5 = 74; mean (680+660+592) ÷ 28 = 69
# P0 §5.3, points by item (quality 50/45/40/24/15, delivery 20/18/16/12/8, the others 10/9/8/6/4):
#   50+12+9+10+6 = 87, 45+16+9+9+6 = 85, 50+12+10+9+8 = 89; mean (870+850+712) ÷ 28 = 86.8571
# P3, weighted: product 40 % (quality 60, delivery 40), service 40 % (coordination 50, service 50), value 20 % (price):
#   first   product 0.6×100+0.4×30 = 72, service (80+100)÷2 = 90, value 30: 28.8 + 36 + 6  = 70.8
#   second  product 0.6×80 +0.4×60 = 72, service (80+80)÷2  = 80, value 30: 28.8 + 32 + 6  = 66.8
#   last    product 0.6×100+0.4×30 = 72, service (100+80)÷2 = 90, value 60: 28.8 + 36 + 12 = 76.8
#   mean (708 + 668 + 614.4) ÷ 28 = 1990.4 ÷ 28 = 71.0857
WEIGHTED = [
	{"code": "PRODUCT", "kind": "Section", "weight": 40},
	{"code": "QUALITY", "weight": 60},
	{"code": "DELIVERY", "weight": 40},
	{"code": "SERVING", "kind": "Section", "weight": 40},
	{"code": "COORDINATION", "weight": 50},
	{"code": "SERVICE", "weight": 50},
	{"code": "VALUE", "kind": "Section", "weight": 20},
	{"code": "PRICE", "weight": 100},
]


@pytest.mark.parametrize(
	("profile", "scheme", "items", "scores", "mean"),
	[
		("P0", "P0 Five Levels", [{"code": code} for code in CODES], (68, 66, 74), 69),
		("P0", "P0 Points by Item", "P0-ITEMS V1", (87, 85, 89), 86.8571),
		("P3", "P3 Weighted Indicators", WEIGHTED, (70.8, 66.8, 76.8), 71.0857),
	],
)
def test_the_same_answers_by_the_other_schemes(profile, scheme, items, scores, mean):
	"""E-4a, b, d, as the profiles ship them."""
	records = json.loads((presets.FOLDER / f"{profile}.json").read_text(encoding="utf-8"))["records"]
	shipped = {
		record["name"]: record for record in records if record["doctype"] in ("Scoring Scheme", "Satisfaction Survey")
	}
	if not frappe.db.exists("Scoring Scheme", scheme):
		frappe.get_doc(shipped[scheme]).insert()
	if isinstance(items, str):
		items = [item for item in shipped[items]["items"] if item["code"] in CODES]
	plain = ("code", "kind", "max_points", "level_points", "weight")
	survey = survey_data.lay_survey(scheme, [{key: item[key] for key in plain if key in item} for item in items])
	campaign = survey_data.lay_campaign(survey)
	for number in range(30):
		given = dict(zip(CODES, LEVELS[number // 10], strict=True))
		survey_data.lay_answer(campaign, given=given, validity="Valid" if number < 28 else "Not Valid")
	result = results.reckon(campaign)
	found = frappe.get_all(RESPONSE, {"campaign": campaign}, pluck="score", distinct=True)
	assert sorted(set(found)) == sorted(scores)
	assert (result.scored, round(result.mean_score, 4)) == (28, mean)
