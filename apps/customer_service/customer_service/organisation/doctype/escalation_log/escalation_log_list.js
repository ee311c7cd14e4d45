frappe.listview_settings["Escalation Log"] = {
	hide_name_column: true, // a checksum; the record, the clock and whom it was told say what a line is
};
