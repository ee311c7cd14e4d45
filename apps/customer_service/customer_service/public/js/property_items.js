// The register of customers' property: where an item is, and what is usually done next. The server says what the user may do.
frappe.ui.form.on("Customer Property", {
	setup(frm) {
		frm.set_query("storage_place", () => ({ filters: { is_active: 1 } }));
		frm.set_query("property_type", () => ({ filters: { is_active: 1 } }));
		frm.set_query("protection_class", () => ({ filters: { is_active: 1 } }));
	},

	refresh(frm) {
		const shown = frm.doc.__onload?.property;
		if (!shown || frm.is_new()) return;
		frm.get_field("places_html").$wrapper.html(frm.events.places(shown.balances));
		const ended = ["Closed", "Cancelled"].includes(frm.doc.state_category);
		const make = (doctype, values) => frappe.new_doc(doctype, values);
		if (shown.move && !ended) {
			const line = { customer_property: frm.doc.name, unit: frm.doc.unit, property_name: frm.doc.property_name };
			const move = (kind) => () => {
				frappe.model.with_doctype("Property Movement", () => {
					const doc = frappe.model.get_new_doc("Property Movement");
					Object.assign(doc, { kind, customer: frm.doc.customer });
					Object.assign(frappe.model.add_child(doc, "lines"), line);
					frappe.set_route("Form", doc.doctype, doc.name);
				});
			};
			for (const kind of ["Store", "Issue", "Put Back", "Transfer", "Return to Customer"]) {
				frm.add_custom_button(__(kind), move(kind), __("Move"));
			}
		}
		if (shown.report && !ended) {
			frm.add_custom_button(__("Report Abnormality"), () =>
				make("Property Event", { customer_property: frm.doc.name }),
			);
		}
		frm.add_custom_button(__("Ledger"), () =>
			frappe.set_route("List", "Property Ledger Entry", { customer_property: frm.doc.name }),
		);
	},

	places(balances) {
		const text = (value) => frappe.utils.escape_html(String(value ?? ""));
		const number = (value) => Number(value).toLocaleString("en", { maximumFractionDigits: 6 });
		if (!balances.length) return `<p class="text-muted">${__("Nothing of it is on hand.")}</p>`;
		const heads = [__("Storage Place"), __("Usable"), __("To Be Inspected"), __("Nonconforming")];
		const rows = balances.map((row) => {
			const figures = ["usable", "to_inspect", "rejected"].map(
				(kind) => `<td class="text-right">${number(row[kind])}</td>`,
			);
			return `<tr><td>${text(__(row.place))}</td>${figures.join("")}</tr>`;
		});
		return `<div class="table-responsive"><table class="table table-bordered small"><thead><tr>${heads
			.map((head) => `<th>${head}</th>`)
			.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
	},
});
