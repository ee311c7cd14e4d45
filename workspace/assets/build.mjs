/**
 * Builds one app's bundles: `node build.mjs APP`.
 *
 * Frappe's wheel holds only the Python package, not upstream's esbuild driver, so this stands in for it. Every
 * `*.bundle.{js,css,scss}` under the app's `public/` becomes `public/dist/{js,css,css-rtl}/NAME.bundle.HASH.EXT`, and
 * `public/dist/manifest.json` says which file a bundle's name stands for. The manifest is renamed into place last:
 * a build that is killed leaves the previous one in use.
 */
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import vue from "esbuild-plugin-vue3";
import { datepickerSeconds, htmlTemplates, scss, siteAssets, withStyles } from "./plugins.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const appsFolder = path.resolve(here, "../../apps");
const DAY = 24 * 60 * 60 * 1000;

/** All files below `folder` whose name has `.bundle.` in it; the output folder is left out. */
async function bundlesIn(folder) {
	const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
	return entries
		.filter((entry) => entry.isFile() && /\.bundle\.(js|css|scss)$/.test(entry.name))
		.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
		.filter((file) => !path.relative(folder, file).startsWith("dist"))
		.sort();
}

/** esbuild's settings for `files`; nothing is written, the caller names the results by their content. */
function settings(app, files, stylePlugin) {
	return {
		entryPoints: files,
		outdir: path.join(appsFolder, app, app, "public/dist"),
		entryNames: "[name]",
		assetNames: "media/[name].[hash]",
		publicPath: `/assets/${app}/dist`,
		absWorkingDir: appsFolder,
		target: ["es2017"],
		bundle: true,
		metafile: true,
		minify: true,
		write: false,
		logLevel: "error",
		legalComments: "none",
		// Imports such as "frappe/public/css/…" start at an app's folder.
		nodePaths: [path.join(here, "node_modules"), path.join(appsFolder, app), path.join(appsFolder, "frappe")],
		loader: {
			".eot": "file",
			".gif": "file",
			".png": "file",
			".svg": "file",
			".ttf": "file",
			".woff": "file",
			".woff2": "file",
		},
		define: { "process.env.NODE_ENV": '"production"' },
		plugins: [vue(), datepickerSeconds(), htmlTemplates(), siteAssets(), stylePlugin],
	};
}

/** Builds `files` and returns [bundle's name, folder, extension, content] for each, and the media they point to. */
async function compile(app, files, rtl) {
	const loadPaths = [path.join(here, "node_modules"), path.join(appsFolder, app), path.join(appsFolder, "frappe")];
	const result = await esbuild.build(settings(app, files, scss({ loadPaths, rtl })));
	const texts = new Map(result.outputFiles.map((file) => [file.path, file]));
	const bundles = [];
	const media = [];
	for (const [output, info] of Object.entries(result.metafile.outputs)) {
		const file = texts.get(path.resolve(appsFolder, output));
		if (info.entryPoint) {
			const extension = path.extname(output).slice(1);
			const name = path.basename(output, `.${extension}`);
			const styles =
				extension === "js" ? texts.get(path.resolve(appsFolder, output.replace(/js$/, "css"))) : null;
			const content = styles ? withStyles(name, styles.text, file.text) : file.text;
			bundles.push({ name, extension, content });
		} else if (output.includes("/media/")) {
			media.push(file);
		}
	}
	return { bundles, media };
}

/** Writes a file only if it is not there yet: its name carries the hash of its content. */
async function writeOnce(file, content) {
	await fs.mkdir(path.dirname(file), { recursive: true });
	const temporary = `${file}.${process.pid}.tmp`;
	await fs.writeFile(temporary, content);
	await fs.rename(temporary, file);
}

/** Removes what no manifest names any more. A day's grace: another bench may still serve the previous build. */
async function removeOld(dist, manifest) {
	const wanted = new Set(Object.values(manifest).map((url) => path.basename(url)));
	for (const folder of ["js", "css", "css-rtl"]) {
		const names = await fs.readdir(path.join(dist, folder)).catch(() => []);
		for (const name of names.filter((each) => !wanted.has(each))) {
			const file = path.join(dist, folder, name);
			if (Date.now() - (await fs.stat(file)).mtimeMs > DAY) await fs.rm(file);
		}
	}
}

async function build(app) {
	const publicFolder = path.join(appsFolder, app, app, "public");
	const dist = path.join(publicFolder, "dist");
	const all = await bundlesIn(publicFolder);
	const sheets = all.filter((file) => !file.endsWith(".js"));
	const manifest = {};

	const store = async ({ bundles, media }, rtl) => {
		for (const { name, extension, content } of bundles) {
			const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
			const folder = rtl ? "css-rtl" : extension;
			const file = `${name}.${hash}.${extension}`;
			await writeOnce(path.join(dist, folder, file), content);
			manifest[`${rtl ? "rtl_" : ""}${name}.${extension}`] = `/assets/${app}/dist/${folder}/${file}`;
		}
		for (const file of media) await writeOnce(file.path, file.contents);
	};

	if (all.length) {
		// Scripts and style sheets apart: a script and a sheet of the same name would otherwise meet in one output.
		const scripts = all.filter((file) => file.endsWith(".js"));
		if (scripts.length) await store(await compile(app, scripts, false), false);
		if (sheets.length) await store(await compile(app, sheets, false), false);
		if (sheets.length) await store(await compile(app, sheets, true), true);
	}
	await writeOnce(path.join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
	await removeOld(dist, manifest);
	console.log(`${app}: ${Object.keys(manifest).length} bundles`);
}

const app = process.argv[2];
if (!app) {
	console.error("usage: node build.mjs APP");
	process.exit(2);
}
await build(app);
