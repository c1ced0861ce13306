// SPDX-License-Identifier: MIT
// The demo in Chromium: what the browser keeps, who can read it, what two tabs and two profiles do to each other.
import { createServer } from "node:http";
import { once } from "node:events";

import { add, cookieNames, done, isSignedIn, launch, ok, profile, renewals, setCookies, shot, sid, signIn, wait,
	withDemo } from "./harness.mjs";

async function attributes(browser, url) {
	const context = await profile(browser), page = await context.newPage();
	await page.goto(url + "/");
	ok("a visitor gets no cookie", (await context.cookies()).length === 0);
	await signIn(page, url, "Anna");
	const [cookie, ...more] = await context.cookies();
	ok("the browser keeps one cookie", cookie?.name === "__Host-tea" && more.length === 0, cookie, more);
	ok("Secure, HttpOnly, SameSite=Lax, Path=/, of this host alone, until the browser closes", cookie.secure && cookie.httpOnly &&
		cookie.sameSite === "Lax" && cookie.path === "/" && cookie.domain === "localhost" && cookie.expires === -1, cookie);
	ok("the page's script cannot read it", await page.evaluate(() => document.cookie) === "");
	await page.evaluate(() => { document.cookie = "__Host-tea=evil; Path=/; Secure"; });
	ok("nor write over it", (await context.cookies())[0].value === cookie.value);
	await context.close();

	const lasting = await profile(browser), other = await lasting.newPage();
	const before = Date.now() / 1000;
	await signIn(other, url, "Ben", true);
	const [kept] = await lasting.cookies();
	ok("stay signed in: as long as the token lives", kept.expires > before + 880 && kept.expires < before + 920, kept.expires - before);
	await lasting.close();
}

async function cart(browser, url) {
	const context = await profile(browser), page = await context.newPage(), seen = new Set();
	await signIn(page, url, "Anna");
	for (let n = 0; n < 8; n++) {
		await add(page, "Sencha", `note ${n} ` + "abcdefgh"[n].repeat(590));
		seen.add((await cookieNames(context)).join(" "));
		const notes = await page.locator(".cart q").allTextContents();
		ok(`${n + 1} in the cart`, notes.length === n + 1 && notes.every((text, i) => text === `note ${i} ` + "abcdefgh"[i].repeat(590)),
			notes.length);
	}
	ok("it has crossed into chunks", seen.has("__Host-tea") && seen.has("__Host-tea.0 __Host-tea.1"), [...seen]);
	await shot(page, "cart-large");
	for (let n = 0; n < 7; n++)
		await page.getByRole("button", { name: "Remove Sencha" }).first().click();
	ok("and back, without loss", (await cookieNames(context)).join() === "__Host-tea" &&
		(await page.locator(".cart q").allTextContents()).join() === "note 7 " + "h".repeat(590), await cookieNames(context));
	ok("nothing offends the content policy", context.complaints.length === 0, context.complaints);
	await context.close();
}

async function tabsAndProfiles(browser, url) {
	const context = await profile(browser), one = await context.newPage(), two = await context.newPage();
	await signIn(one, url, "Anna");
	await two.goto(url + "/session");
	ok("a second tab is signed in too", await isSignedIn(two));
	await one.getByRole("button", { name: "Log out" }).click();
	await one.getByText("You are logged out.").waitFor();
	await two.reload();
	ok("logout in one tab ends the other", !await isSignedIn(two) && (await context.cookies()).length === 0);

	const far = await profile(browser), there = await far.newPage();
	const third = await profile(browser), ben = await third.newPage();
	await signIn(one, url, "Anna");
	await signIn(there, url, "Anna");
	await signIn(ben, url, "Ben");
	await one.goto(url + "/session");
	await one.getByRole("button", { name: "Log out everywhere" }).click();
	await one.getByText("everywhere else").waitFor();
	await there.reload();
	ok("log out everywhere ends a second profile", !await isSignedIn(there) && await there.getByText("You were logged out").count() === 1
		&& (await far.cookies()).length === 0);
	await shot(there, "logged-out-elsewhere");
	await ben.reload();
	ok("but nobody else's", await isSignedIn(ben));
	for (const c of [context, far, third])
		await c.close();
}

async function privilege(browser, url) {
	const context = await profile(browser), page = await context.newPage();
	await signIn(page, url, "Anna");
	await add(page, "Oolong", "");
	await page.goto(url + "/manager");
	await shot(page, "manager-asks");
	const before = await sid(page), [old] = await context.cookies();
	await page.getByRole("button", { name: "It is me" }).click();
	await page.getByText("Good day, manager").waitFor();
	ok("more rights: a new name for the session", await sid(page) !== before);
	await shot(page, "manager");
	await page.goto(url + "/");
	ok("and the cart came along", await page.locator(".cart li").count() === 1);
	const thief = await profile(browser), stolen = await thief.newPage();
	await thief.addCookies([old]);
	await stolen.goto(url + "/");
	ok("the old cookie is worth nothing", !await isSignedIn(stolen));
	await context.close();
	await thief.close();
}

// Forms on other sites: another host, and this one without TLS, which is another site as well.
async function crossSite(browser, url) {
	const evil = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end(
		`<form method="post" action="${url}/log-out"><button>Win a prize</button></form>`)).listen(0, "127.0.0.1");
	await once(evil, "listening");
	const context = await profile(browser), page = await context.newPage();
	await signIn(page, url, "Anna");
	for (const host of ["127.0.0.1", "localhost"]) {
		await page.goto(`http://${host}:${evil.address().port}/`);
		const [answer] = await Promise.all([page.waitForResponse((r) => r.url() === url + "/log-out"),
			page.getByRole("button").click()]);
		ok(`a form on http://${host} is refused`, answer.status() === 403, answer.status());
	}
	await shot(page, "cross-site");
	await page.goto(url + "/");
	ok("and the session goes on", await isSignedIn(page));
	evil.close();
	await context.close();
}

async function pages(browser, url) {
	const looks = { desktop: {}, phone: { viewport: { width: 360, height: 740 } }, dark: { colorScheme: "dark" } };
	for (const [look, options] of Object.entries(looks)) {
		const context = await profile(browser, options), page = await context.newPage();
		const fits = async () => await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
		await page.goto(url + "/");
		await shot(page, `sign-in-${look}`);
		let good = await fits();
		await signIn(page, url, "Anna");
		await add(page, "Sencha", "With love, for your new flat");
		await add(page, "Two cups", "");
		await shot(page, `shop-${look}`);
		good &&= await fits();
		await page.goto(url + "/session");
		await shot(page, `session-${look}`);
		ok(`${look}: no page is wider than the screen`, good && await fits());
		ok(`${look}: every field has a label, every page one heading`, await page.evaluate(() =>
			document.querySelectorAll("h1").length === 1 && document.documentElement.lang === "en" &&
			[...document.querySelectorAll("input:not([type=hidden]), textarea")].every((field) => field.labels.length === 1)));
		ok(`${look}: nothing offends the content policy`, context.complaints.length === 0, context.complaints);
		await context.close();
	}
	const plain = await profile(browser, { javaScriptEnabled: false }), page = await plain.newPage();
	await signIn(page, url, "Anna");
	ok("without script the clocks stand, and say so", /min/.test(await page.locator(".left").first().textContent()) &&
		await page.locator("noscript a").isVisible());
	await plain.close();
}

// 15 minutes are 30 seconds here.
async function clocks(browser, url) {
	const context = await profile(browser), one = await context.newPage(), two = await context.newPage();
	await signIn(one, url, "Anna");
	for (let n = 0; n < 5; n++)
		await add(one, "Assam", `note ${n} ` + "z".repeat(590));
	ok("a cart in chunks", (await context.cookies()).length > 1);
	const first = await renewals(one), before = await one.locator(".left").first().textContent();
	ok("fresh: a page sets no cookie", (await setCookies(await one.reload())).length === 0);
	await wait(1500);
	ok("the clocks run", await one.locator(".left").first().textContent() !== before);
	const early = await Promise.all([one.goto(url + "/session"), two.goto(url + "/session")]);
	ok("still no cookie", (await Promise.all(early.map(setCookies))).every((c) => c.length === 0));
	await wait(14500);
	const both = await Promise.all([one.reload(), two.reload()]);
	const sent = await Promise.all(both.map(setCookies));
	/* Where the browser sends the second request after the first answer, it comes with the new cookie and needs no other. */
	ok("two tabs renew at once: each gets the new cookie, or comes with it", sent.some((c) => c.length > 1) &&
		sent.every((c) => c.length > 1 || c.length === 0), sent.map((c) => c.length));
	await one.goto(url + "/");
	ok("and the session goes on, whole", await isSignedIn(one) && await renewals(one) === first + 1 &&
		await one.locator(".cart q").count() === 5, await renewals(one), first);
	ok("once renewed, no cookie again", (await setCookies(await one.reload())).length === 0);
	await two.close();
	await wait(33000);
	ok("idle: the page itself says that the session has ended", await one.getByText("nobody used it").count() === 1);
	ok("and the cookies are gone", (await context.cookies()).length === 0);
	await shot(one, "idle-ended");
	await context.close();
}

const browser = await launch();
try {
	await withDemo([], async (url) => {
		for (const part of [attributes, cart, tabsAndProfiles, privilege, crossSite, pages])
			await part(browser, url);
	});
	await withDemo(["--clock-speed", "30"], (url) => clocks(browser, url));
} catch (error) {
	ok("no surprise", false, String(error.stack ?? error));
} finally {
	await browser.close();
}
done();
