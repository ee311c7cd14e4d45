// The public complaint form: language switch, trap for programs, and the page with the number at the end.
frappe.web_form.after_load = () => {
	// Also what the form sends is answered in the page's language, whatever the browser asks for.
	document.documentElement.lang = frappe.boot.lang;
	document.cookie = `preferred_language=${frappe.boot.lang}; path=/; SameSite=Lax`;
	const other = { en: ["zh", "中文"], zh: ["en", "English"] }[frappe.boot.lang] || ["en", "English"];
	const link = $("<a class='cs-language'></a>").text(other[1]).attr("lang", other[0]);
	link.attr("href", `?_lang=${other[0]}`).on("click", () => {
		document.cookie = `preferred_language=${other[0]}; path=/; SameSite=Lax`;
	});
	$(".web-form-actions").first().append(link);
	// People never see this field; programs that fill in everything do.
	$(
		"<div class='cs-trap' aria-hidden='true'><input name='website_url' tabindex='-1' autocomplete='off'></div>",
	).appendTo(".web-form");
};

frappe.web_form.validate = () => {
	frappe.web_form.doc.website_url = $(".cs-trap input").val();
	return true;
};

frappe.web_form.handle_success = (data) => {
	window.location.href = data.status_path;
};
