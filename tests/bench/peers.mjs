/* SPDX-License-Identifier: MIT */
/*
 * The benchmark's peers on Node.js: jose, fast-jwt and iron-webcrypto, each with keys made once, on the same claims. Arguments: the
 * folder of node_modules, the file with tokens and keys, rounds. Prints cases as JSON, in the benchmark's own shape.
 */
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, file, rounds] = process.argv.slice(2);
const require = createRequire(join(resolve(folder), 'bench.js'));
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const tokens = JSON.parse(readFileSync(file, 'utf8'));
const now = () => Number(process.hrtime.bigint());
const cases = [];

const check = (claims, token) => {
	if (!(claims.exp > Date.now() / 1000) || claims.sub !== token.subject) throw new Error('the claims are wrong');
};
const add = (who, what, kind, run) => cases.push({ who, what, kind, run, ns: [] });
const secret = (jwk) => Buffer.from(jwk.k, 'base64url');

async function joseCases(jose) {
	for (const t of tokens) {
		const sig = t.sig && (await jose.importJWK(t.sig, t.sig.alg));
		const enc = t.enc && (await jose.importJWK({ ...t.enc, enc: undefined }, t.enc.alg));
		const pub = t.sig && (t.sig.d ? await jose.importJWK({ ...t.sig, d: undefined }, t.sig.alg) : sig);
		const checkJws = async (text) => check((await jose.jwtVerify(text, pub)).payload, t);
		const claims = JSON.parse(t.payload);
		if (!enc) add('npm jose', 'verify', t.kind, () => checkJws(t.token));
		else if (!sig) add('npm jose', 'verify', t.kind, async () => check((await jose.jwtDecrypt(t.token, enc)).payload, t));
		else
			add('npm jose', 'verify', t.kind, async () =>
				checkJws(new TextDecoder().decode((await jose.compactDecrypt(t.token, enc)).plaintext)));
		const sign = () => new jose.SignJWT(claims).setProtectedHeader({ alg: t.sig.alg }).sign(sig);
		const seal = (bytes) =>
			new jose.CompactEncrypt(bytes).setProtectedHeader({ alg: t.enc.alg, enc: t.enc.enc }).encrypt(enc);
		const bytes = (text) => new TextEncoder().encode(text);
		if (!enc) add('npm jose', 'mint', t.kind, sign);
		else if (!sig) add('npm jose', 'mint', t.kind, () => seal(bytes(JSON.stringify(claims))));
		else add('npm jose', 'mint', t.kind, async () => seal(bytes(await sign())));
	}
}

function fastJwtCases({ createSigner, createVerifier }) {
	const t = tokens.find((x) => x.kind === 'signed');
	const verify = createVerifier({ key: secret(t.sig), algorithms: ['HS256'], cache: false });
	const sign = createSigner({ key: secret(t.sig), algorithm: 'HS256' });
	const claims = JSON.parse(t.payload);
	add('npm fast-jwt', 'verify', t.kind, async () => check(verify(t.token), t));
	add('npm fast-jwt', 'mint', t.kind, async () => sign({ ...claims }));
}

/* Its own format: AES-256-CBC and HMAC under a password, whose PBKDF2 is brought to one iteration as iron-session does. */
async function ironCases(iron) {
	const t = tokens.find((x) => x.kind === 'nested');
	const password = 'a password of at least thirty-two characters';
	const claims = JSON.parse(t.payload);
	const seal = iron.seal.length >= 4 ? (o) => iron.seal(webcrypto, o, password, iron.defaults) : (o) => iron.seal(o, password, iron.defaults);
	const unseal = iron.unseal.length >= 4 ? (s) => iron.unseal(webcrypto, s, password, iron.defaults) :
		(s) => iron.unseal(s, password, iron.defaults);
	const text = await seal(claims);
	add('npm iron-webcrypto', 'verify', t.kind, async () => check(await unseal(text), t));
	add('npm iron-webcrypto', 'mint', t.kind, () => seal(claims));
}

async function attempt(name, make) {
	try {
		await make(await load(name));
	} catch (error) {
		process.stderr.write(`bench: npm ${name} is left out: ${error.message}\n`);
	}
}

await attempt('jose', joseCases);
await attempt('fast-jwt', fastJwtCases);
await attempt('iron-webcrypto', ironCases);
for (const c of cases) {
	await c.run();
	let batch = 1;
	for (;;) {
		const start = now();
		for (let i = 0; i < batch; i++) await c.run();
		if (now() - start > 1e7) break;
		batch *= 2;
	}
	c.batch = batch;
}
for (let r = 0; r < Number(rounds); r++) {
	for (const c of cases) {
		const start = now();
		for (let i = 0; i < c.batch; i++) await c.run();
		c.ns.push((now() - start) / c.batch);
	}
}
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
console.log(JSON.stringify(cases.map(({ who, what, kind, ns }) => ({ who, what, kind, ns: median(ns), least_ns: ns[0] }))));
