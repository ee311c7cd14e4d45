frappe.listview_settings["Print Job"] = {
	get_indicator(doc) {
		const colours = { Queued: "grey", Running: "blue", Done: "green", Failed: "red" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
