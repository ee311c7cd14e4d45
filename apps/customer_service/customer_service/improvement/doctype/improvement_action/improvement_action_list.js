frappe.listview_settings["Improvement Action"] = {
	add_fields: ["status", "due_date"],
	hide_name_column: false,

	get_indicator(doc) {
		const colours = { Open: "blue", Done: "green", Verified: "grey", Cancelled: "grey" };
		const late = doc.status === "Open" && doc.due_date && doc.due_date < frappe.datetime.get_today();
		return [__(doc.status), late ? "red" : colours[doc.status], `status,=,${doc.status}`];
	},
};
