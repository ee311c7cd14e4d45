/** What Frappe's sources expect of a bundler beyond plain esbuild. */
import fs from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import autoprefixer from "autoprefixer";
import postcss from "postcss";
import rtlcss from "rtlcss";
import * as sass from "sass";

const nodeModules = path.join(path.dirname(fileURLToPath(import.meta.url)), "node_modules");

/** `import "./navbar.html"` makes the text known as `frappe.templates["navbar"]`, which microtemplates read. */
export function htmlTemplates() {
	return {
		name: "frappe-html-templates",
		setup(build) {
			build.onLoad({ filter: /\.html$/ }, async ({ path: file }) => {
				const name = path.basename(file).split(".")[0];
				const text = await fs.readFile(file, "utf8");
				// Frappe's own build puts the text between backquotes, where \' is a quote; its templates count on that.
				const oneLine = text
					.replace(/<!--.*?-->/gs, "")
					.replace(/\s+/g, " ")
					.replaceAll("\\'", "'");
				return { contents: `frappe.templates[${JSON.stringify(name)}] = ${JSON.stringify(oneLine)};` };
			});
		},
	};
}

/** URLs below /assets are served by the site as they are. */
export function siteAssets() {
	return {
		name: "site-assets",
		setup(build) {
			build.onResolve({ filter: /^\/?assets\// }, ({ path: url }) => ({ path: url, external: true }));
		},
	};
}

/**
 * Seconds in date fields. Upstream takes its own fork of air-datepicker for them; npm's would show "09:30:ss", and a form that
 * has such a field would count as changed when it is opened.
 */
export function datepickerSeconds() {
	const additions = [
		[
			"case /hh/.test(result):",
			"case /ss/.test(result): result = replacer(result, boundary('ss'), leadingZero(date.getSeconds()));\n",
		],
		["this.$minutesText = ", "this.$seconds = this.$secondsText = $();\n"],
	];
	return {
		name: "datepicker-seconds",
		setup(build) {
			build.onLoad({ filter: /air-datepicker\/dist\/js\/datepicker\.min\.js$/ }, async ({ path: file }) => {
				let contents = await fs.readFile(file.replace(".min.js", ".js"), "utf8");
				for (const [place, added] of additions) {
					if (contents.split(place).length !== 2) throw new Error(`air-datepicker has changed: ${place}`);
					contents = contents.replace(place, () => added + place);
				}
				return { contents };
			});
		},
	};
}

/** Sass (with `~package` imports), vendor prefixes and, for `rtl`, mirroring; esbuild bundles and minifies the result. */
export function scss({ loadPaths, rtl }) {
	const processors = rtl ? [autoprefixer(), rtlcss()] : [autoprefixer()];
	const packages = {
		findFileUrl(url) {
			return url.startsWith("~") ? pathToFileURL(path.join(nodeModules, url.slice(1))) : null;
		},
	};
	return {
		name: "scss",
		setup(build) {
			build.onLoad({ filter: /\.scss$/ }, async ({ path: file }) => {
				const { css } = sass.compile(file, {
					importers: [packages],
					loadPaths,
					quietDeps: true,
					logger: sass.Logger.silent,
				});
				const { css: contents } = await postcss(processors).process(css, { from: file });
				return { contents, loader: "css", resolveDir: path.dirname(file) };
			});
		},
	};
}

/** Styles of Vue components travel in their script: Frappe loads only the script of such a bundle. */
export function withStyles(name, css, script) {
	const id = JSON.stringify(`styles-of-${name}`);
	return (
		`(()=>{if(document.getElementById(${id}))return;const s=document.createElement("style");s.id=${id};` +
		`s.textContent=${JSON.stringify(css)};document.head.appendChild(s)})();\n${script}`
	);
}
