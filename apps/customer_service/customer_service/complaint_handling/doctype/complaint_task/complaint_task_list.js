frappe.listview_settings["Complaint Task"] = {
	add_fields: ["state_category", "is_late", "due_at"],
	get_indicator(doc) {
		const running = ["Open", "Waiting"].includes(doc.state_category);
		if (running && doc.is_late) return [__("Late"), "red", "is_late,=,1|state_category,in,Open,Waiting"];
		return undefined;
	},
	onload: (list) => customer_service.print_many(list),
};
