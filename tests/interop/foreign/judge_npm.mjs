/* SPDX-License-Identifier: MIT */
/* The npm package jose as judge, as an application would use it: jwtVerify with algorithms, issuer, audience and clock. The folder
 * that holds node_modules and the file of keys are its arguments. See lines.h. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const entry = createRequire(join(resolve(process.argv[2]), 'judge.js')).resolve('jose');
const jose = await import(pathToFileURL(entry));
const keys = {};
for (const [name, { alg, jwk }] of Object.entries(JSON.parse(readFileSync(process.argv[3], 'ascii')))) {
	keys[name] = { alg, key: await jose.importJWK(jwk, alg).catch(() => null) };
}

async function judge(name, kind, token) {
	const { alg, key } = keys[name];
	if (key === null) return '! the key cannot be used';
	const options = {
		algorithms: [alg], issuer: 'https://login.example', audience: 'shop', currentDate: new Date(1800000000_000),
		clockTolerance: 30, requiredClaims: kind === 'id' ? ['sub', 'exp', 'iat', 'nonce'] : ['exp'],
	};
	try {
		const { payload } = await jose.jwtVerify(token, key, options);
		if (kind === 'id' && payload.nonce !== 'n-0S6_WzA2Mj') return '- nonce';
		return `+ ${Buffer.from(JSON.stringify(payload)).toString('base64')}`;
	} catch (error) {
		return `- ${error.code ?? error.name}`;
	}
}

for await (const line of createInterface({ input: process.stdin })) {
	const [name, kind, text] = line.split(' ');
	process.stdout.write(`${await judge(name, kind, new Uint8Array(Buffer.from(text, 'base64')))}\n`);
}
