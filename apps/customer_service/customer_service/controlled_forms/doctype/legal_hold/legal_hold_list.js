frappe.listview_settings["Legal Hold"] = {
	add_fields: ["is_active"],

	get_indicator(doc) {
		return doc.is_active ? [__("In Force"), "orange", "is_active,=,1"] : [__("Released"), "grey", "is_active,=,0"];
	},
};
