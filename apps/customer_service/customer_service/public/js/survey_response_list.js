// Many answers are judged at once (E-3).
frappe.listview_settings["Survey Response"] = {
	add_fields: ["validity"],
	hide_name_column: false,

	get_indicator(doc) {
		const colour = { Pending: "orange", Valid: "green", "Not Valid": "red" }[doc.validity] || "gray";
		return [__(doc.validity), colour, `validity,=,${doc.validity}`];
	},

	onload(list) {
		if (!frappe.model.can_write("Survey Response")) return;
		const judge = async (verdict, reason) => {
			const names = list.get_checked_items(true);
			if (!names.length) return;
			const number = await frappe.xcall("customer_service.customer_satisfaction.judging_api.judge", {
				names,
				verdict,
				reason,
			});
			frappe.show_alert({ message: __("{0} answers judged", [number]), indicator: "green" });
			list.clear_checked_items();
			list.refresh();
		};
		const ask = [{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 }];
		list.page.add_actions_menu_item(__("Valid"), () => judge("Valid"), false);
		list.page.add_actions_menu_item(
			__("Not Valid"),
			() => frappe.prompt(ask, ({ reason }) => judge("Not Valid", reason), __("Not Valid"), __("Save")),
			false,
		);
	},
};
