frappe.ui.form.on("Order Copy", {
	refresh(frm) {
		const actions = frm.doc.__onload?.actions || [];
		customer_service.copy_buttons(frm, frm.doc.name, actions);
	},
});
