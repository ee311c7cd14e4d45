// The survey behind a personal link: the token stands behind the #, its questions come from the guest door and are answered in this form.
const TOKEN = location.hash.slice(1);
const DOORS = "customer_service.customer_satisfaction.survey_api.";
const container = document.querySelector(".web-form-container");
const form = document.querySelector("form.web-form");
const heading = container.querySelector("h1");
const page = Object.assign(document.createElement("div"), { className: "cs-survey-page" });
let questions = null;

// A draft of this very link, on this very device. The key tells nobody the token.
const key = `cs-survey-${[...TOKEN].reduce((sum, sign) => (Math.imul(sum, 31) + sign.charCodeAt(0)) | 0, 7) >>> 0}`;
const kept = () => {
	try {
		return JSON.parse(localStorage.getItem(key)) || {};
	} catch {
		return {}; // private windows keep nothing
	}
};
const keep = (values) => {
	try {
		if (values) localStorage.setItem(key, JSON.stringify(values));
		else localStorage.removeItem(key);
	} catch {
		// as above
	}
};

const say = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });

const ask = async (door, values = {}) => {
	const response = await fetch(`/api/method/${DOORS}${door}`, {
		method: "POST",
		headers: { "Content-Type": "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token || "" },
		body: JSON.stringify({ token: TOKEN, _lang: frappe.boot.lang, ...values }),
	});
	const body = await response.json();
	if (response.ok) return body.message;
	const told = JSON.parse(body._server_messages || "[]").map((text) => JSON.parse(text).message);
	throw new Error(
		told[0] || __("This link is not valid, or no longer. Please use the link in our latest mail, or call us."),
	);
};

// A page without questions: thanks, ended, already answered, a wrong link.
const tell = (title, ...paragraphs) => {
	form.hidden = true;
	document.querySelector(".cs-survey-foot")?.remove();
	heading.textContent = document.title = title;
	page.replaceChildren(...paragraphs.filter(Boolean).map((text) => say("p", text)));
	page.hidden = false;
	heading.tabIndex = -1;
	heading.focus();
	window.scrollTo(0, 0);
};

const show_languages = ({ languages, language }) => {
	if (languages.length < 2) return;
	const list = say("ul", "", "cs-survey-languages");
	list.setAttribute("aria-label", __("Languages"));
	for (const { code, label } of languages) {
		const link = Object.assign(say("a", label), { href: `?_lang=${code}${location.hash}`, lang: code });
		if (code === language) link.setAttribute("aria-current", "true");
		link.addEventListener("click", () => {
			document.cookie = `preferred_language=${code}; path=/; SameSite=Lax`;
		});
		const entry = document.createElement("li");
		entry.append(link);
		list.append(entry);
	}
	heading.after(list);
};

const values_of_form = () => frappe.web_form.get_values(true) || {};

const start = ({ survey, reply_by, is_anonymous }) => {
	document.documentElement.lang = survey.language;
	heading.textContent = document.title = survey.title;
	show_languages(survey);
	const words = [say("p", survey.introduction), say("p", __("Please answer by {0}.", [reply_by]))];
	if (is_anonymous) words.push(say("p", __("This survey is anonymous: who you are is not kept with your answers.")));
	words.push(say("p", __("Your answers are kept on this device until you send them.")));
	page.replaceChildren(...words.filter((part) => part.textContent));
	page.classList.add("cs-survey-note");
	const draft = kept();
	const box = document.createElement("div");
	form.querySelector(".web-form-body").before(box);
	const save = () => keep({ answers: questions.answers(), person: values_of_form() });
	questions = new customer_service.SurveyQuestions(box, survey, draft.answers, () => save());
	frappe.web_form.set_values(draft.person || {});
	if (is_anonymous) {
		for (const name of ["respondent", "respondent_unit", "respondent_position"]) {
			if (frappe.web_form.fields_dict[name]) frappe.web_form.set_df_property(name, "hidden", 1);
		}
	}
	for (const field of Object.values(frappe.web_form.fields_dict)) {
		if (!field.$input) continue;
		field.$input.attr("aria-label", __(field.df.label)).on("input", save);
	}
	const problem = Object.assign(say("p", "", "cs-survey-problem"), { hidden: true });
	problem.setAttribute("role", "alert");
	form.querySelector(".web-form-footer").before(problem);
	form.noValidate = true;
	form.hidden = false;
	// Before Frappe sends: what is missing is said where it is missing.
	form.addEventListener("submit", send_if_complete(problem), true);
	const foot = say("p", "", "cs-survey-foot");
	const stop = Object.assign(say("button", __("Do not ask me again")), { type: "button" });
	stop.addEventListener("click", () => {
		if (confirm(__("Shall we not ask you any more, neither now nor later?")))
			ask("opt_out").then(opted_out, (error) => tell(error.message));
	});
	foot.append(stop);
	form.after(foot);
};

const send_if_complete = (problem) => (event) => {
	const is_complete = questions.check();
	problem.hidden = is_complete;
	problem.textContent = is_complete ? "" : __("Please answer the questions that are marked.");
	if (is_complete) return;
	event.preventDefault();
	event.stopImmediatePropagation();
};

const opted_out = () => {
	keep(null);
	tell(__("Thank you"), __("We will not ask you again."));
};

const pages = {
	open: start,
	answered: () => tell(__("Thank you"), __("You have answered already. Thank you.")),
	ended: ({ reply_by }) => tell(__("This survey has ended"), __("This survey ended on {0}.", [reply_by])),
	"opted out": opted_out,
};

frappe.web_form.validate = () => {
	Object.assign(frappe.web_form.doc, {
		token: TOKEN,
		answers: questions.answers(),
		_lang: questions.survey.language,
	});
	return true;
};

frappe.web_form.handle_success = () => {
	keep(null);
	tell(__("Thank you"), questions.survey.thanks || __("Your answers have been received."));
};

frappe.web_form.after_load = async () => {
	document.documentElement.lang = frappe.boot.lang;
	document.cookie = `preferred_language=${frappe.boot.lang}; path=/; SameSite=Lax`;
	form.hidden = true;
	page.append(Object.assign(say("p", __("Loading…")), { role: "status" }));
	container.querySelector(".web-form-head").append(page);
	window.addEventListener("hashchange", () => location.reload());
	try {
		await frappe.require(["survey_questions.bundle.css", "survey_questions.bundle.js"]);
		const shown = await ask("show", { language: frappe.boot.lang });
		pages[shown.state](shown);
	} catch (error) {
		tell(heading.textContent, error.message);
	}
};
