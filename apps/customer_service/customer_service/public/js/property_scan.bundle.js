// The screen of the page Scan Property. The server decides what may be done; this shows it and asks.
frappe.provide("customer_service");

const API = "customer_service.customer_property.scan_api";
const text = (value) => frappe.utils.escape_html(String(value ?? ""));
const number = (value) => Number(value).toLocaleString("en", { maximumFractionDigits: 6 });

customer_service.PropertyScan = class PropertyScan {
	constructor(place) {
		this.place = place;
		place.html(`<form><input class="form-control" type="search" autocomplete="off" enterkeyhint="search"
				aria-label="${__("Number, serial no. or lot no.")}" placeholder="${__("Number, serial no. or lot no.")}">
			<button type="button" class="btn btn-default camera">${__("Camera")}</button>
			<button class="btn btn-primary">${__("Show")}</button></form><div class="found" aria-live="polite"></div>`);
		this.code = place.find("input");
		this.found = place.find(".found");
		place.find("form").on("submit", (event) => {
			event.preventDefault();
			this.show(this.code.val());
		});
		place.find(".camera").on("click", () => this.scan());
		this.found.on("click", "[data-kind]", (event) => this.ask(event.currentTarget.dataset.kind));
	}

	// The code on a label is the address of this page with the number behind it: a phone's own camera leads here, too.
	follow_route() {
		const code = frappe.get_route()[1];
		if (code && code !== this.item?.name) this.show(code);
		else if (!code) this.code.trigger("focus");
	}

	scan() {
		new frappe.ui.Scanner({ dialog: true, multiple: false, on_scan: (data) => this.show(data.decodedText) });
	}

	async show(code) {
		if (!String(code || "").trim()) return;
		this.item = null;
		this.found.html(`<p class="text-muted mt-3">${__("Loading …")}</p>`);
		// Refusals are part of the screen here; Frappe's dialog would cover what is to be scanned next.
		const answer = await frappe.xcall(`${API}.look_up`, { code }, "GET");
		if (answer.refusal) {
			this.item = { name: code, property_name: code, actions: answer.actions || [] };
			const buttons = this.item.actions.map((action) => this.button(action)).join("");
			this.found.html(`<div class="refusal">${answer.refusal}</div><div class="actions mt-3">${buttons}</div>`);
			this.code.trigger("select");
			return;
		}
		this.item = answer;
		this.code.val(answer.name);
		window.history.replaceState(null, "", `/app/property-scan/${encodeURIComponent(answer.name)}`);
		this.found.html(this.card(answer));
	}

	card(item) {
		const pair = ([label, value]) => (value ? `<dt>${label}</dt><dd>${text(value)}</dd>` : "");
		const facts = item.facts.map(pair).join("");
		const cells = (row) =>
			["usable", "to_inspect", "rejected"].map((kind) => `<td class="number">${number(row[kind])}</td>`);
		const places = item.places
			.map((row) => `<tr><td>${text(__(row.place))}</td>${cells(row).join("")}</tr>`)
			.join("");
		const heads = [__("Storage Place"), __("Usable"), __("To Be Inspected"), __("Nonconforming")];
		const table = places
			? `<div class="table-responsive"><table class="table table-bordered small"><thead><tr>${heads.map((head) => `<th>${head}</th>`).join("")}
				</tr></thead><tbody>${places}</tbody></table></div>`
			: `<p>${__("Nothing of it is on hand.")}</p>`;
		const photo = item.photo ? `<img src="${encodeURI(item.photo)}" alt="${__("Photo")}">` : "";
		return `<div class="card">${photo}<h2>${text(item.property_name)}</h2>
			<a href="/app/customer-property/${encodeURIComponent(item.name)}">${text(item.name)}</a>
			<span class="indicator-pill ${text(item.colour)}">${text(item.state)}</span>
			<dl>${facts}</dl>${table}<div class="actions">${item.actions.map((action) => this.button(action)).join("")}</div></div>`;
	}

	button({ kind, label }) {
		return `<button class="btn btn-default" data-kind="${text(kind)}">${text(label)}</button>`;
	}

	ask(kind) {
		const asked = this.item.actions.find((action) => action.kind === kind);
		const dialog = new frappe.ui.Dialog({
			title: `${asked.label}: ${this.item.property_name}`,
			fields: asked.fields,
			primary_action_label: asked.label,
			primary_action: async (values) => {
				const method = asked.method || `${API}.move`;
				const done = await frappe.xcall(method, { ...asked.values, ...values });
				dialog.hide();
				frappe.show_alert({ message: __("Entered as {0}", [done]), indicator: "green" });
				this.show(this.item.name);
			},
		});
		dialog.show();
	}
};
