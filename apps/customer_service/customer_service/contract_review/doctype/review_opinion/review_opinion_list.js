frappe.listview_settings["Review Opinion"] = {
	hide_name_column: true, // a checksum
	filters: [["status", "=", "Asked"]],

	get_indicator(row) {
		const colours = { Asked: "orange", Given: "green", Void: "grey", Withdrawn: "grey" };
		return [__(row.status), colours[row.status], `status,=,${row.status}`];
	},

	onload(listview) {
		listview.page.add_actions_menu_item(__("Accept Orders"), () => accept(listview), false);
	},
};

const OPINIONS = "customer_service.contract_review.api.";

// Nothing is accepted that was not shown: what the person reads comes with the hash of what it is.
async function accept(listview) {
	const names = listview.get_checked_items(true);
	const rows = await frappe.xcall(`${OPINIONS}opinions_to_accept`, { names }, "GET");
	if (!rows.length) return frappe.msgprint(__("None of these is open and yours to give."));
	const text = (value) => frappe.utils.escape_html(String(value ?? ""));
	const cells = (row) => [
		text(row.contract_review),
		text(row.customer),
		row.lines,
		format_currency(row.total, row.currency),
		row.first_delivery ? frappe.datetime.str_to_user(row.first_delivery) : "",
		text(__(row.department)),
	];
	const heads = [__("Order"), __("Customer"), __("Lines"), __("Total"), __("First Delivery"), __("Department")];
	const line = (values, tag) => `<tr>${values.map((value) => `<${tag}>${value}</${tag}>`).join("")}</tr>`;
	const table = `<table class="table table-bordered small"><thead>${line(heads, "th")}</thead>
		<tbody>${rows.map((row) => line(cells(row), "td")).join("")}</tbody></table>`;
	const dialog = new frappe.ui.Dialog({
		title: __("Accept Orders"),
		size: "large",
		fields: [{ fieldname: "orders", fieldtype: "HTML", options: table }],
		primary_action_label: __("Accept {0} Orders", [rows.length]),
		primary_action: async () => {
			dialog.hide();
			const shown = rows.map(({ contract_review, department, seen }) => ({ contract_review, department, seen }));
			const { errors } = await frappe.xcall(`${OPINIONS}accept_opinions`, { rows: shown });
			if (errors.length) {
				const lines = errors.map((each) => `<li>${text(each.name)}: ${each.message}</li>`).join("");
				frappe.msgprint({ title: __("Not Accepted"), message: `<ul>${lines}</ul>`, indicator: "orange" });
			}
			listview.clear_checked_items();
			listview.last_args = null; // else the list takes a refresh within three seconds for a repetition
			listview.refresh();
		},
	});
	dialog.show();
}
