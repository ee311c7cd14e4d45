// Receipts and movements of customers' property: lines offer what belongs to the customer, and nothing that is not in use.
const active = () => ({ filters: { is_active: 1 } });
const of_customer = (frm) => ({ filters: frm.doc.customer ? { customer: frm.doc.customer } : {} });

for (const doctype of ["Property Receipt", "Property Movement"]) {
	frappe.ui.form.on(doctype, {
		after_workflow_action: (frm) => frm.reload_doc(),

		setup(frm) {
			frm.set_query("customer_property", "lines", () => of_customer(frm));
			frm.set_query("place", "lines", active);
			if (doctype === "Property Receipt") {
				frm.set_query("place", active);
				frm.set_query("contract_review", () => of_customer(frm));
				frm.set_query("property_type", "lines", active);
				frm.set_query("protection_class", "lines", active);
			} else {
				frm.set_query("to_place", "lines", active);
				frm.set_query("manufacturing_order", () => of_customer(frm));
				for (const field of ["inspection", "property_event"]) {
					frm.set_query(field, () => ({ filters: { customer_decision: "Scrap" } }));
				}
			}
		},
	});
}
