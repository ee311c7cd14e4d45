/* The questions of a survey, the same on the customer's page, in the preview and where staff enter answers: one column of fieldsets with
   radio buttons, text fields with a counter, conditions as answers are given. What is asked and allowed is decided by the server. */
frappe.provide("customer_service");

const CHOSEN = ["Level", "Yes or No", "Choice", "NPS"];
const LONGEST = 5000;
const MOST_BUTTONS = 11;

const make = (tag, className, text) => {
	const element = document.createElement(tag);
	if (className) element.className = className;
	if (text) element.textContent = text;
	return element;
};

let boxes = 0;

customer_service.SurveyQuestions = class {
	/** @param box element to fill. @param survey as `surveys.shown` gives it. @param given answers so far: code -> value. */
	constructor(box, survey, given = {}, changed = () => {}) {
		Object.assign(this, { box, survey, changed, given: { ...given }, parts: {} });
		this.prefix = `cs-survey-${++boxes}`;
		box.classList.add("cs-survey");
		box.lang = survey.language;
		box.replaceChildren(...survey.items.map((item, place) => this.part(item, place)));
		this.follow_conditions();
	}

	/** What is answered of what is asked now. */
	answers() {
		const asked = this.survey.items.filter((item) => this.is_asked(item) && this.given[item.code]);
		return Object.fromEntries(asked.map((item) => [item.code, this.given[item.code]]));
	}

	/** Mark mandatory questions without an answer, go to the first; true if there is none. */
	check() {
		const missing = this.survey.items.filter(
			(item) => item.mandatory && this.is_asked(item) && !String(this.given[item.code] || "").trim(),
		);
		for (const item of this.survey.items) this.mark(item, missing.includes(item));
		if (missing.length) this.parts[missing[0].code].querySelector("input, textarea").focus();
		return !missing.length;
	}

	is_asked(item) {
		if (!item.shown_if) return true;
		const asked = this.survey.items.find((each) => each.code === item.shown_if);
		return Boolean(asked) && this.is_asked(asked) && item.shown_if_answers.includes(this.given[asked.code]);
	}

	follow_conditions() {
		for (const item of this.survey.items) this.parts[item.code].hidden = !this.is_asked(item);
	}

	mark(item, is_missing) {
		const part = this.parts[item.code];
		const error = part.querySelector(".cs-survey-error");
		if (!error) return;
		part.classList.toggle("is-missing", is_missing);
		error.textContent = is_missing ? __("Please answer this question.") : "";
		for (const field of part.querySelectorAll("input, textarea")) {
			if (field.type !== "radio") field.setAttribute("aria-invalid", is_missing);
		}
	}

	set(item, value) {
		if (value) this.given[item.code] = value;
		else delete this.given[item.code];
		this.mark(item, false);
		this.follow_conditions();
		this.changed();
	}

	part(item, place) {
		const id = `${this.prefix}-${place}`;
		const part = item.kind === "Section" ? make("h2", "cs-survey-section", item.question) : this.question(item, id);
		this.parts[item.code] = part;
		return part;
	}

	question(item, id) {
		const options = this.options_of(item);
		const part = make(options ? "fieldset" : "div", "cs-survey-item");
		part.dataset.code = item.code;
		const label = make(options ? "legend" : "label", "cs-survey-question", item.question);
		if (item.mandatory) {
			const star = make("span", "cs-survey-star", " *");
			star.setAttribute("aria-hidden", "true");
			label.append(star, make("span", "cs-survey-hidden", ` (${__("required")})`));
		}
		part.append(label);
		if (item.help) part.append(Object.assign(make("p", "cs-survey-help", item.help), { id: `${id}-help` }));
		const described = `${item.help ? `${id}-help ` : ""}${id}-error`;
		if (options) {
			part.setAttribute("aria-describedby", described);
			part.append(...this.choices(item, id, options));
		} else {
			label.htmlFor = id;
			part.append(...this.field(item, id, described));
		}
		const error = Object.assign(make("p", "cs-survey-error"), { id: `${id}-error` });
		error.setAttribute("role", "alert");
		part.append(error);
		return part;
	}

	/** Value and label of what can be chosen; a short scale of whole numbers is chosen, too. */
	options_of(item) {
		if (CHOSEN.includes(item.kind)) return item.options;
		const [low, high] = [item.number_from, item.number_to];
		if (item.kind !== "Number" || low == null || !Number.isInteger(low) || !Number.isInteger(high)) return null;
		if (high - low >= MOST_BUTTONS) return null;
		const numbers = Array.from({ length: high - low + 1 }, (_none, place) => String(low + place));
		return numbers.map((value) => ({ value, label: value }));
	}

	choices(item, id, options) {
		const is_scale = ["NPS", "Number"].includes(item.kind);
		const list = make("div", is_scale ? "cs-survey-scale" : "cs-survey-cards");
		for (const { value, label } of options) {
			const card = make("label", "cs-survey-card");
			const radio = Object.assign(make("input"), { type: "radio", name: id, value });
			radio.checked = this.given[item.code] === value;
			radio.required = Boolean(item.mandatory);
			radio.addEventListener("change", () => this.set(item, value));
			card.append(radio, make("span", "", label));
			list.append(card);
		}
		const made = [list];
		if (item.kind === "NPS") {
			const ends = make("div", "cs-survey-ends");
			ends.append(make("span", "", `0: ${__("not at all")}`), make("span", "", `10: ${__("very likely")}`));
			made.push(ends);
		}
		if (!item.mandatory) made.push(this.clear_button(item, list));
		return made;
	}

	/** Who has touched an answer by mistake can leave the question open again. */
	clear_button(item, list) {
		const button = Object.assign(make("button", "cs-survey-clear", __("Clear the answer")), { type: "button" });
		button.hidden = !this.given[item.code];
		list.addEventListener("change", () => (button.hidden = false));
		button.addEventListener("click", () => {
			for (const radio of list.querySelectorAll("input")) radio.checked = false;
			this.set(item, "");
			list.querySelector("input").focus();
			button.hidden = true;
		});
		return button;
	}

	field(item, id, described) {
		const is_text = item.kind === "Text";
		const field = make(is_text ? "textarea" : "input", "form-control cs-survey-field");
		Object.assign(field, { id, value: this.given[item.code] || "", required: Boolean(item.mandatory) });
		field.setAttribute("aria-describedby", described);
		if (!is_text) {
			field.type = "text";
			field.inputMode = "decimal";
			field.addEventListener("input", () => this.set(item, field.value.trim().replace(",", ".")));
			return [field];
		}
		Object.assign(field, { rows: 3, maxLength: LONGEST });
		const counter = make("div", "cs-survey-counter");
		const count = () => (counter.textContent = __("{0} characters left", [LONGEST - field.value.length]));
		count();
		field.addEventListener("input", () => {
			count();
			this.set(item, field.value);
		});
		return [field, counter];
	}
};
