import js from "@eslint/js";
import globals from "globals";

/** Names Frappe's desk and web pages define for every script. */
const frappeGlobals = Object.fromEntries(
	["frappe", "__", "$", "jQuery", "cur_frm", "cur_list", "cur_dialog", "locals", "moment", "cint", "cstr", "flt"].map(
		(name) => [name, "readonly"],
	),
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
