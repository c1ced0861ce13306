// SPDX-License-Identifier: MIT
// What the browser tests share: instances of the demo, Chromium, TAP, and a few words for what a user does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const [demo, chromium, folder] = process.argv.slice(2);
const { chromium: launcher } = createRequire(join(folder, "npm", "x.js"))("playwright-core");

let count = 0, failed = 0;

export function ok(name, holds, ...detail) {
	console.log(`${holds ? "ok" : "not ok"} ${++count} - ${name}`);
	if (!holds) {
		failed++;
		console.log(detail.map((d) => JSON.stringify(d) ?? "").join("\n").slice(0, 2000).replace(/^/gm, "#   "));
	}
}

export function done() {
	console.log(`1..${count}`);
	process.exitCode = failed > 0 ? 1 : 0;
}

export const wait = (ms) => new Promise((then) => setTimeout(then, ms));

async function freePort() {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address();
	server.close();
	await once(server, "close");
	return port;
}

async function waitFor(port) {
	for (let i = 0; i < 200; i++) {
		const socket = createConnection(port, "127.0.0.1");
		const up = await new Promise((then) => socket.on("connect", () => then(true)).on("error", () => then(false)));
		socket.destroy();
		if (up)
			return;
		await wait(50);
	}
	throw new Error("the demo does not listen");
}

// One instance in a folder of its own, for as long as `use` runs.
export async function withDemo(args, use) {
	const cwd = mkdtempSync(join(tmpdir(), "sess-browser-"));
	const port = await freePort();
	const process = spawn(demo, ["--port", String(port), ...args], { cwd, stdio: ["ignore", "ignore", "inherit"] });
	try {
		await waitFor(port);
		await use(`https://localhost:${port}`);
	} finally {
		process.kill();
		await once(process, "exit");
		rmSync(cwd, { recursive: true });
	}
}

export function launch() {
	return launcher.launch({ executablePath: chromium, headless: true, args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
}

// A browser profile: cookies of its own. What its console complains of is kept.
export async function profile(browser, options = {}) {
	const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 }, ...options });
	context.complaints = [];
	context.on("console", (m) => m.type() === "error" && context.complaints.push(m.text()));
	return context;
}

export async function signIn(page, url, name, stay = false) {
	await page.goto(url + "/");
	await page.getByLabel("Name").fill(name);
	if (stay)
		await page.getByLabel("Stay signed in").check();
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByText("Welcome.").waitFor();
}

export async function add(page, product, words) {
	const card = page.locator(".card").filter({ has: page.getByRole("heading", { name: product }) });
	if (words !== "") {
		await card.getByText("Add a card").click();
		await card.getByLabel("Words on the card").fill(words);
	}
	await card.getByRole("button").click();
	await page.getByRole("status").waitFor();
}

export const cookieNames = async (context) => (await context.cookies()).map((c) => c.name).sort();
export const isSignedIn = async (page) => await page.getByText("Signed in as").count() === 1;
export const sid = async (page) => await page.locator("#sid").textContent();
export const renewals = async (page) => parseInt(await page.locator("dt:text-is('Renewed') + dd").textContent());
// The Set-Cookie headers of an answer that carry something.
export const setCookies = async (response) =>
	(await response.headersArray()).filter((h) => h.name.toLowerCase() === "set-cookie" && !h.value.includes("Max-Age=0"));

export const shot = (page, name) => page.screenshot({ path: join(folder, "screenshots", `${name}.png`), fullPage: true });
