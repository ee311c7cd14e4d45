import js from "@eslint/js";
import globals from "globals";

/** Names that every script of the desk and of web pages finds defined, by Frappe and by our own bundle. */
const frappeGlobals = Object.fromEntries(
	[
		"frappe",
		"__",
		"$",
		"jQuery",
		"cur_frm",
		"cur_list",
		"cur_dialog",
		"locals",
		"moment",
		"cint",
		"cstr",
		"flt",
		"format_currency",
		"customer_service",
		"open_url_post",
	].map((name) => [name, "readonly"]),
);

export default [
	{ ignores: ["apps/frappe/", "**/node_modules/", "**/dist/", "env/", "sites/", "var/"] },
	js.configs.recommended,
	{
		files: ["apps/customer_service/**/*.js"],
		languageOptions: { sourceType: "module", globals: { ...globals.browser, ...frappeGlobals } },
		rules: {
			eqeqeq: ["error", "smart"],
			"no-var": "error",
			"prefer-const": "error",
		},
	},
	{ files: ["**/*.mjs"], languageOptions: { globals: globals.node } },
];
