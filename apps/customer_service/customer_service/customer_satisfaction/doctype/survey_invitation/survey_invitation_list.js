const COLOURS_OF_INVITATIONS = { Sent: "blue", Answered: "green", Bounced: "red", Failed: "red", Queued: "orange" };

frappe.listview_settings["Survey Invitation"] = {
	add_fields: ["status"],
	hide_name_column: false,

	get_indicator: (doc) => [__(doc.status), COLOURS_OF_INVITATIONS[doc.status] || "grey", `status,=,${doc.status}`],
};
