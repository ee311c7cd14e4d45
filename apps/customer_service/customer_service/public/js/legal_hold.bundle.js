// Any form whose record the server says to be under legal hold shows it.
$(document).on("form-refresh", (_event, frm) => {
	const hold = frm.doc.__onload?.legal_hold;
	if (!hold) return;
	const link = frappe.utils.get_form_link("Legal Hold", hold, true);
	frm.dashboard.set_headline(__("Under Legal Hold {0}: may not be disposed of or made anonymous.", [link]), "orange");
});
