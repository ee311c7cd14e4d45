import { field, form_link, minutes, overview, radio, select } from "./parts";

const METHODS = "customer_service.customer_communication.hot_line.";

/** The steps of a call (rule A-7). It measures and shows; the server finds, decides and stamps. */
export class HotLine {
	constructor(place) {
		this.place = place;
		this.escape = frappe.utils.escape_html;
		this.ask("setting").then((setting) => {
			this.setting = setting;
			this.begin();
		});
		place.on("keydown", (event) => this.on_key(event));
	}

	ask(method, args, type = "GET") {
		return new Promise((resolve, reject) => {
			frappe.call({
				method: METHODS + method,
				args,
				type,
				silent: true,
				callback: ({ message }) => resolve(message),
				error: (answer) => reject(answer),
			});
		});
	}

	steps() {
		return {
			rung_at: __("It rings"),
			call_answered_at: __("Call answered"),
			company_named_at: __("Company named"),
			...(this.setting.sees_customers ? { record_found_at: __("Record found") } : {}),
			caller_checked_at: __("Caller checked"),
		};
	}

	/** A new call: nothing of the last one is left. */
	begin() {
		this.taken = {};
		this.customer = null;
		this.hits = [];
		clearInterval(this.ringing);
		this.place.html(`
			<ol class="steps"></ol>
			<div class="panel start">
				<div class="buttons">
					<button class="btn btn-primary rings-now">${__("The phone rings")}</button>
					<button class="btn btn-default answer">${__("Answer the call")}</button>
				</div>
				<div class="rings quiet">${this.limit()}</div>
			</div>
			<div class="call"></div>`);
		this.find(".rings-now").on("click", () => this.ring());
		this.find(".answer").on("click", () => this.answer());
		this.show_steps();
		this.focus();
	}

	find(selector) {
		return this.place.find(selector);
	}

	focus() {
		this.find(".rings-now:visible, .next:visible").first().trigger("focus");
	}

	limit() {
		const { rings, seconds_per_ring: seconds } = this.setting;
		return rings ? __("Answer within {0} rings ({1} seconds).", [rings, rings * seconds]) : "";
	}

	take(step) {
		if (this.taken[step] === undefined) this.taken[step] = performance.now();
		this.show_steps();
	}

	show_steps() {
		const first = Math.min(...Object.values(this.taken));
		const rows = Object.entries(this.steps()).map(([step, label]) => {
			const at = this.taken[step];
			const time = at === undefined ? "" : `<time>${minutes(at - first)}</time>`;
			return `<li class="${time ? "done" : ""}">${label}${time}</li>`;
		});
		this.find(".steps").html(rows.join(""));
	}

	ring() {
		this.take("rung_at");
		this.find(".rings-now").hide();
		this.find(".answer").toggleClass("btn-default btn-primary").trigger("focus");
		this.ringing = setInterval(() => this.count_rings(), 250);
		this.count_rings();
	}

	count_rings() {
		const { rings, seconds_per_ring: seconds } = this.setting;
		if (!rings || !seconds) return;
		const passed = (performance.now() - this.taken.rung_at) / 1000;
		const late = passed > rings * seconds;
		const text = late
			? __("More than {0} rings", [rings])
			: __("Ring {0} of {1}", [Math.floor(passed / seconds) + 1, rings]);
		this.find(".rings").text(text).toggleClass("late", late).toggleClass("quiet", !late);
	}

	answer() {
		clearInterval(this.ringing);
		this.take("call_answered_at");
		this.find(".start").hide();
		this.find(".call").html(this.form());
		this.listen();
		this.find("[name=company]").trigger("focus");
	}

	form() {
		const sees = this.setting.sees_customers;
		return `
			${sees ? "" : `<div class="advice">${this.advice()}</div>`}
			<div class="columns ${sees ? "" : "alone"}">
				<div class="panel">
					${field("company", __("Company"), sees ? "role='combobox' aria-expanded='false' aria-controls='hot-line-hits'" : "")}
					<ul class="hits" id="hot-line-hits" role="listbox" aria-label="${__("Company")}" hidden></ul>
					<fieldset class="callers" hidden><legend>${__("Caller")}</legend><div></div></fieldset>
					<div class="pair stranger">
						${field("caller_name", __("Caller's Name"))}${field("caller_phone", __("Caller's Number"))}
					</div>
					${select("topic", __("Topic"), [{ value: "", label: "" }, ...this.setting.topics])}
					<label class="name" for="hot-line-text">${__("What the Customer Says")}</label>
					<textarea class="form-control" id="hot-line-text" name="text"></textarea>
					<label class="switch" ${this.setting.may_complain ? "" : "hidden"}>
						<input type="checkbox" name="is_complaint"> ${__("It is a complaint")}
					</label>
					<div class="pair grades" hidden>
						${select("severity", __("Severity"), this.setting.severity)}
						${select("priority", __("Priority"), this.setting.priority)}
						${select("complaint_class", __("Complaint Class"), [{ value: "", label: "" }, ...this.setting.classes])}
					</div>
					<div class="refusal" role="alert" hidden></div>
					<div class="buttons">
						<button class="btn btn-primary save">${__("Save")}</button>
						<button class="btn btn-default discard">${__("Discard")}</button>
						<span class="quiet keys">${__("Ctrl+Enter saves")}</span>
					</div>
				</div>
				<div class="panel record" aria-live="polite" ${sees ? "" : "hidden"}>
					<p class="quiet">${__("Ask for the company's name.")}</p>
				</div>
			</div>`;
	}

	advice() {
		const number = this.escape(this.setting.hot_line_number || "");
		return number
			? __(
					"Offer the caller our hot line {0}. If he declines, write down what he says: it goes to customer service at once.",
					[number],
				)
			: __("Write down what the caller says: it goes to customer service at once.");
	}

	listen() {
		const company = this.find("[name=company]");
		company.on("input", () => {
			this.take("company_named_at");
			if (this.setting.sees_customers) this.search_soon(company.val());
		});
		company.on("keydown", (event) => this.on_company_key(event));
		this.find(".hits").on("mousedown", "li", (event) => {
			event.preventDefault();
			this.choose($(event.currentTarget).index());
		});
		this.find(".callers").on("change", "input", () => this.show_stranger());
		this.find("[name=is_complaint]").on("change", ({ target }) =>
			this.find(".grades").prop("hidden", !target.checked),
		);
		this.find("[name=topic], [name=text]").on("focus", () => this.caller_known() && this.take("caller_checked_at"));
		this.find(".save").on("click", () => this.save());
		this.find(".discard").on("click", () => {
			frappe.confirm(__("Discard what is written about this call?"), () => this.begin());
		});
	}

	on_key(event) {
		const keys = event.key === "Enter" || event.key.toLowerCase() === "s";
		if (keys && (event.ctrlKey || event.metaKey) && this.find(".save:visible").length) {
			event.preventDefault();
			event.stopPropagation();
			this.save();
		} else if (event.key === "Enter" && $(event.target).is(".callers input, .stranger input, select")) {
			event.preventDefault();
			this.go_on(event.target);
		}
	}

	/** Enter goes on to the next field that is shown. */
	go_on(from) {
		const fields = this.find(".call").find("input, select, textarea, .save").filter(":visible");
		const others = fields.filter((_i, each) => each === from || each.name !== "contact" || each.checked);
		others.eq(others.index(from) + 1).trigger("focus");
	}

	search_soon(text) {
		clearTimeout(this.pause);
		this.customer = this.chosen = null;
		this.wanted = text;
		this.find(".callers").prop("hidden", true).find("div").empty(); // another company has other contacts
		this.show_stranger();
		this.pause = setTimeout(() => {
			if (!text.trim()) return this.show_hits([]);
			this.ask("search", { text }).then(
				(hits) => text === this.wanted && this.show_hits(hits),
				(answer) => this.refuse(answer),
			);
		}, 120);
	}

	show_hits(hits) {
		const typed = this.find("[name=company]").val().trim();
		this.hits = hits;
		const rows = hits.map((hit) => {
			const more = [hit.customer_class && __(hit.customer_class), hit.region, hit.found_by]
				.filter(Boolean)
				.join(" · ");
			return `${this.escape(hit.customer_name)} <small>${this.escape(more)}</small>`;
		});
		if (typed)
			rows.push(`<small>${__("Not in the list: keep {0} as it is written", [this.escape(typed)])}</small>`);
		const list = rows.map((row, i) => `<li role="option" id="hot-line-hit-${i}">${row}</li>`).join("");
		this.find(".hits").html(list).prop("hidden", !rows.length);
		this.find("[name=company]").attr("aria-expanded", String(Boolean(rows.length)));
		this.point(0);
	}

	point(index) {
		const rows = this.find(".hits li");
		if (!rows.length) return;
		this.pointed = (index + rows.length) % rows.length;
		rows.attr("aria-selected", (i) => String(i === this.pointed));
		rows[this.pointed].scrollIntoView({ block: "nearest" });
		this.find("[name=company]").attr("aria-activedescendant", `hot-line-hit-${this.pointed}`);
	}

	on_company_key(event) {
		const open = this.find(".hits li:visible").length;
		if (event.key === "ArrowDown" && open) this.point(this.pointed + 1);
		else if (event.key === "ArrowUp" && open) this.point(this.pointed - 1);
		else if (event.key === "Escape" && open) this.close_hits();
		else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
			if (open) this.choose(this.pointed);
			else this.go_on(event.target);
		} else return;
		event.preventDefault();
	}

	close_hits() {
		this.find(".hits").prop("hidden", true);
		this.find("[name=company]").attr("aria-expanded", "false");
	}

	choose(index) {
		clearTimeout(this.pause);
		this.wanted = null;
		const hit = this.hits[index];
		this.close_hits();
		this.find(".refusal").prop("hidden", true);
		if (!hit) return this.show_unknown();
		this.chosen = hit.name;
		this.ask("overview", { customer: hit.name }).then(
			(record) => {
				if (this.chosen !== record.name) return; // something else was typed meanwhile
				this.customer = record;
				this.take("record_found_at");
				this.find("[name=company]").val(record.customer_name);
				this.find(".record").html(overview(record, this.escape));
				this.show_callers(record.contacts);
			},
			(answer) => this.refuse(answer),
		);
	}

	show_unknown() {
		this.customer = null;
		this.find(".record").html(
			`<p class="quiet">${__("No record of this company. Ask for the caller's name and number.")}</p>`,
		);
		this.show_callers([]);
	}

	show_callers(contacts) {
		const rows = contacts.map((contact) => {
			const more = [contact.position, contact.phone].filter(Boolean).join(" · ");
			return radio(
				contact.name,
				`${this.escape(contact.contact_name)} <small class="quiet">${this.escape(more)}</small>`,
			);
		});
		rows.push(radio("", __("Not registered")));
		this.find(".callers div").html(rows.join(""));
		this.find(".callers").prop("hidden", !contacts.length);
		const first = this.find(".callers input").first().prop("checked", true);
		this.show_stranger();
		(contacts.length ? first : this.find("[name=caller_name]")).trigger("focus");
	}

	show_stranger() {
		this.find(".stranger").prop("hidden", Boolean(this.contact()));
	}

	contact() {
		return this.find(".callers input:checked").val() || "";
	}

	caller_known() {
		return this.contact() || this.find("[name=caller_name]").val().trim();
	}

	values() {
		const stranger = !this.contact();
		const value = (name) => this.find(`[name=${name}]`).val();
		const values = { is_complaint: this.find("[name=is_complaint]").prop("checked") ? 1 : 0 };
		for (const name of ["company", "topic", "text"]) values[name] = value(name);
		if (this.customer) values.customer = this.customer.name;
		if (stranger) Object.assign(values, { caller_name: value("caller_name"), caller_phone: value("caller_phone") });
		else values.contact = this.contact();
		if (values.is_complaint)
			for (const name of ["severity", "priority", "complaint_class"]) values[name] = value(name);
		const now = performance.now();
		values.ages = Object.fromEntries(Object.entries(this.taken).map(([step, at]) => [step, Math.round(now - at)]));
		return values;
	}

	save() {
		if (this.saving) return;
		if (this.caller_known()) this.take("caller_checked_at");
		this.saving = true;
		this.find(".save").prop("disabled", true);
		this.ask("save", { call: this.values() }, "POST")
			.then(
				(saved) => this.show_saved(saved),
				(answer) => this.refuse(answer),
			)
			.finally(() => {
				this.saving = false;
				this.find(".save").prop("disabled", false);
			});
	}

	/** What the server objects to; the field that it names gets the focus, and everything typed stays. */
	refuse(answer) {
		const messages = JSON.parse(answer?._server_messages || "[]").map((text) => JSON.parse(text).message);
		const parsed = new DOMParser().parseFromString(messages.join("<br>"), "text/html");
		const text =
			parsed.body.textContent.trim() || __("The server could not be reached. Nothing is lost: try again.");
		this.find(".refusal").text(text).prop("hidden", false);
		const named = parsed.querySelector("strong, b")?.textContent.trim();
		const label = this.find("label.name").filter((_i, each) => each.textContent.trim() === named);
		const target = label.length ? this.find(`#${label.attr("for")}`) : this.find(".save");
		target.trigger("focus");
	}

	show_saved(saved) {
		const link = form_link(saved.doctype, saved.name, this.escape(saved.name));
		const whom = saved.lead_department ? __("With: {0}.", [this.escape(__(saved.lead_department))]) : "";
		const rung = saved.answered_in_time ? __("Answered in time.") : __("Not answered in time.");
		this.find(".call").html(`
			<div class="panel" role="status">
				<h2>${__("{0} is kept.", [link])}</h2>
				<p>${whom} ${saved.rung ? rung : ""}</p>
				<div class="buttons"><button class="btn btn-primary next">${__("Next call")}</button></div>
			</div>`);
		this.find(".next")
			.on("click", () => this.begin())
			.trigger("focus");
	}
}
