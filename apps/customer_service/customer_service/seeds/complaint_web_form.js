// The public complaint form: language switch, trap for programs, and the page with the number at the end.
frappe.web_form.after_load = () => {
	// Also what the form sends is answered in the page's language, whatever the browser asks for.
	document.documentElement.lang = frappe.boot.lang;
	document.cookie = `preferred_language=${frappe.boot.lang}; path=/; SameSite=Lax`;
	// The language may be that of a country, such as en-US.
	const other = frappe.boot.lang.startsWith("en") ? ["zh", "中文"] : ["en", "English"];
	const link = $("<a class='cs-language'></a>").text(other[1]).attr("lang", other[0]);
	link.attr("href", `?_lang=${other[0]}`).on("click", () => {
		document.cookie = `preferred_language=${other[0]}; path=/; SameSite=Lax`;
	});
	$(".web-form-actions").first().append(link);
	// People never see this field; programs that fill in everything do.
	$(
		"<div class='cs-trap' aria-hidden='true'><input name='website_url' tabindex='-1' autocomplete='off'></div>",
	).appendTo(".web-form");
	for (const control of Object.values(frappe.web_form.fields_dict)) {
		if (control.df.fieldtype === "Attach") send_with_form(control);
		if (["Float", "Int"].includes(control.df.fieldtype)) ease_numbers(control);
		if (control.df.options === "Email") control.$input.attr("inputmode", "email");
	}
};

// An empty number is empty, not 0.000, and a phone offers its digits for it.
function ease_numbers(control) {
	control.format_for_input = (value) => (value == null ? "" : String(value));
	control.$input.attr("inputmode", "decimal");
	control.refresh();
}

// A person without login has no file store: the file goes with the form, chosen by the phone's own means (camera, files).
function send_with_form(control) {
	control.on_attach_click = () => {
		const chooser = document.createElement("input");
		chooser.type = "file";
		chooser.addEventListener("change", async () => {
			const file = chooser.files[0];
			const most = frappe.web_form.max_attachment_size;
			if (!file) return;
			if (most && file.size > most * 1024 * 1024) {
				const name = frappe.utils.escape_html(file.name);
				frappe.msgprint(__("{0} is too large: at most {1} MB.", [name, most]));
				return;
			}
			const content = await frappe.dom.file_to_base64(file);
			control.set_value(`${file.name.replaceAll(":", "_")},${content}`);
		});
		chooser.click();
	};
}

frappe.web_form.validate = () => {
	frappe.web_form.doc.website_url = $(".cs-trap input").val();
	return true;
};

frappe.web_form.handle_success = (data) => {
	window.location.href = data.status_path;
};
