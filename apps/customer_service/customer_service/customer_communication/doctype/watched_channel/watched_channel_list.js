frappe.listview_settings["Watched Channel"] = {
	add_fields: ["is_active", "next_check_at"],
	has_indicator_for_draft: true,
	get_indicator(doc) {
		if (!doc.is_active) return [__("Inactive"), "grey", "is_active,=,0"];
		const now = frappe.datetime.now_datetime();
		return doc.next_check_at <= now
			? [__("Due"), "orange", `is_active,=,1|next_check_at,<=,${now}`]
			: [__("Checked"), "green", `is_active,=,1|next_check_at,>,${now}`];
	},
	onload(list) {
		list.page.add_inner_button(__("Due"), async () => {
			await list.filter_area.clear(false);
			await list.filter_area.add([
				["Watched Channel", "is_active", "=", 1],
				["Watched Channel", "next_check_at", "<=", frappe.datetime.now_datetime()],
			]);
		});
	},
};
