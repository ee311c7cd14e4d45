import "./order_versions";

frappe.provide("customer_service");

const API = "customer_service.contract_review.production_api";
const STANDING = {
	"Not Scheduled": "grey",
	Scheduled: "blue",
	"In Production": "orange",
	Produced: "blue",
	Shipped: "green",
	Delivered: "green",
};

const text = (value) => frappe.utils.escape_html(String(value ?? ""));
const number = (value) => Number(value).toLocaleString("en", { maximumFractionDigits: 6 });

// A released order shows how far each line is, and offers what is still to be planned or sent.
frappe.ui.form.on("Contract Review", {
	refresh(frm) {
		const shown = frm.doc.__onload?.deliveries;
		if (!shown || frm.is_new()) return;
		frm.get_field("delivery").$wrapper.html(board(shown.rows));
		if (frm.is_dirty()) return;
		if (shown.plan) offer(frm, "Manufacturing Order", __("Manufacturing Order"), "make_manufacturing_order");
		if (shown.ship) offer(frm, "Shipping Notice", __("Shipping Notice"), "make_shipping_notice");
	},
});

function offer(frm, doctype, label, method) {
	const make = () =>
		frappe
			.xcall(`${API}.${method}`, { review: frm.doc.name })
			.then((name) => frappe.set_route("Form", doctype, name));
	frm.add_custom_button(label, make, __("Create"));
}

function board(rows) {
	const heads = [
		__("Item"),
		__("Delivery Date"),
		__("Ordered"),
		__("Scheduled"),
		__("Produced"),
		__("Shipped"),
		__("Delivered"),
		__("Open"),
		__("Standing"),
	];
	const lines = rows.map((row) => {
		const late = row.is_late ? ` <span class="indicator-pill red">${__("Late")}</span>` : "";
		const figures = ["ordered", "planned", "produced", "shipped", "delivered", "open"].map(
			(kind) => `<td class="text-right">${number(row[kind])}</td>`,
		);
		return `<tr><td>${text(row.item_code || row.description)}</td>
			<td>${frappe.datetime.str_to_user(row.delivery_date)}${late}</td>${figures.join("")}
			<td><span class="indicator-pill ${STANDING[row.standing]}">${__(row.standing)}</span></td></tr>`;
	});
	return `<div class="table-responsive"><table class="table table-bordered small">
		<thead><tr>${heads.map((label) => `<th>${label}</th>`).join("")}</tr></thead>
		<tbody>${lines.join("")}</tbody></table></div>`;
}

/** Lines of a record that carries out an order come from the order; nobody types one. */
customer_service.keep_lines = (frm) => {
	frm.get_field("lines").grid.cannot_add_rows = true;
	frm.refresh_field("lines");
};

/** Ask for a line and a quantity and send both. `lines` are rows of the record; `more` are further fields of the dialog. */
customer_service.ask_quantity = (frm, title, lines, method, values = {}, more = []) => {
	const options = lines.map((row) => ({
		value: row.order_line,
		label: text(`${row.idx}: ${row.item_code || row.description}`), // Frappe takes a label for markup
	}));
	const line = { fieldname: "line", fieldtype: "Select", label: __("Line"), options, default: options[0].value };
	const qty = { fieldname: "qty", fieldtype: "Data", label: __("Quantity"), reqd: 1 };
	const send = (given) =>
		frappe.xcall(`${API}.${method}`, { name: frm.doc.name, ...values, ...given }).then(() => frm.reload_doc());
	frappe.prompt([{ ...line, reqd: 1 }, qty, ...more], send, title, __("Save"));
};

/** Offer to settle the quantities that a change of the order left open. */
customer_service.offer_adjusting = (frm, may) => {
	const lines = frm.doc.lines.filter((row) => row.to_adjust);
	if (!lines.length) return;
	frm.dashboard.set_headline_alert(__("The order was changed: adjust the quantities."), "orange");
	if (!may) return;
	const ask = () =>
		customer_service.ask_quantity(frm, __("Adjust Quantity"), lines, "adjust", { doctype: frm.doctype });
	frm.add_custom_button(__("Adjust Quantity"), ask).addClass("btn-primary");
};
