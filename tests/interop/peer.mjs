/* SPDX-License-Identifier: MIT */
/*
 * The npm package jose as a peer of the interop tests: one JSON request a line on stdin, one answer a line on stdout,
 * {"ok": text} or {"error": text}. The folder that holds node_modules is its argument. It must not know the token
 * format: headers and payloads come from the test.
 */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const entry = createRequire(join(resolve(process.argv[2]), 'peer.js')).resolve('jose');
const jose = await import(pathToFileURL(entry));
const bytes = (text) => new TextEncoder().encode(text);
const text = (data) => new TextDecoder().decode(data);

const operations = {
	async decrypt({ token, key, alg, enc }) {
		const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc], maxPBES2Count: 1000000 };
		return text((await jose.compactDecrypt(token, key, options)).plaintext);
	},
	async verify({ token, key, alg }) {
		return text((await jose.compactVerify(token, key, { algorithms: [alg] })).payload);
	},
	async encrypt({ header, payload, key }) {
		/* Of a passphrase: the count is a parameter, from which the header gets it. */
		const { p2c, ...rest } = header;
		const jwe = new jose.CompactEncrypt(bytes(payload)).setProtectedHeader(rest);
		return (p2c ? jwe.setKeyManagementParameters({ p2c }) : jwe).encrypt(key);
	},
	async sign({ header, payload, key }) {
		return new jose.CompactSign(bytes(payload)).setProtectedHeader(header).sign(key);
	},
};

for await (const line of createInterface({ input: process.stdin })) {
	let answer;
	try {
		const request = JSON.parse(line);
		request.key = await jose.importJWK(request.jwk, request.alg);
		answer = { ok: await operations[request.op](request) };
	} catch (error) {
		answer = { error: `${error.name}: ${error.message}` };
	}
	process.stdout.write(`${JSON.stringify(answer)}\n`);
}
