// Everything that happened with an order in all its versions, on one page (C-4); fetched when somebody asks for it.
frappe.ui.form.on("Contract Review", {
	refresh(frm) {
		frm.toggle_display("section_file", !frm.is_new());
		if (frm.is_new()) return;
		const button = $("<button class='btn btn-default btn-sm'></button>").text(__("Show Review File"));
		button.on("click", () => frm.events.show_file(frm));
		frm.get_field("review_file").$wrapper.empty().append(button);
	},

	async show_file(frm, most = 200) {
		const values = { name: frm.doc.name, most };
		const file = await frappe.xcall("customer_service.contract_review.api.review_file", values, "GET");
		const text = (value) => frappe.utils.escape_html(String(value ?? ""));
		// States, conclusions and departments are translated; numbers and what people typed have no translation.
		const mails = { "Mail Sent": __("Mail Sent"), "Mail Received": __("Mail Received") };
		const change = (row) => [row.before, row.after].filter(Boolean).map((value) => text(__(value)));
		const lines = file.entries.map((row) => {
			const record = frappe.utils.get_form_link(row.doctype, row.name);
			const link = row.name === frm.doc.name ? text(row.name) : `<a href="${record}">${text(row.name)}</a>`;
			const at = frappe.datetime.str_to_user(row.at).replace(/:\d\d$/, "");
			const detail = row.detail ? `<div class="text-muted">${text(row.detail)}</div>` : "";
			return `<tr><td class="text-nowrap">${at}</td>
				<td>${text(__(row.doctype))}<div class="text-muted">${link}</div></td>
				<td>${text(mails[row.event] || __(row.event))}${change(row).length ? `: ${change(row).join(" → ")}` : ""}${detail}</td>
				<td>${text(row.person)}</td></tr>`;
		});
		const heads = [__("Date and Time"), __("Record"), __("What Happened"), __("By")];
		const head = heads.map((label) => `<th>${label}</th>`).join("");
		const more = file.more ? `<p class="text-muted">${__("Older entries are left out.")}</p>` : "";
		const block = frm.get_field("review_file").$wrapper.html(
			`<div class="table-responsive"><table class="table table-bordered small cs-review-file">
			<thead><tr>${head}</tr></thead><tbody>${lines.join("")}</tbody></table></div>${more}`,
		);
		if (file.more && most < 500) {
			const button = $("<button class='btn btn-default btn-xs'></button>").text(__("Show More"));
			block.append(button.on("click", () => frm.events.show_file(frm, 500)));
		}
	},
});
