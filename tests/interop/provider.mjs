/* SPDX-License-Identifier: MIT */
/*
 * A real OpenID provider on loopback: the npm package oidc-provider, with its own sign-in and consent pages. The folder
 * that holds node_modules is the argument. Says {"issuer": …} on stdout when it listens; then a line on stdin is a command:
 * "rotate" puts new signing keys before the old ones, "retire" drops all but the newest, each answered by {"kids": […]}.
 * Ends with its stdin, or after five minutes. It knows nothing of sessions, nor of the library.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

setTimeout(() => process.exit(1), 300_000).unref();

/* The package warns on stderr of what is meant for development; only answers belong on stdout. */
console.info = console.warn = (...words) => console.error(...words);
const entry = createRequire(join(resolve(process.argv[2]), 'provider.js')).resolve('oidc-provider');
const { default: Provider } = await import(pathToFileURL(entry));

const KINDS = [
	['RS256', 'rsa', { modulusLength: 2048 }],
	['ES256', 'ec', { namedCurve: 'P-256' }],
	['EdDSA', 'ed25519', {}],
];

function newKeys() {
	return KINDS.map(([alg, type, options]) => ({
		...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: randomUUID(),
	}));
}

function client(id, alg) {
	return {
		client_id: id, token_endpoint_auth_method: 'none', application_type: 'native', response_types: ['code'],
		grant_types: ['authorization_code'], redirect_uris: ['http://127.0.0.1/back'], id_token_signed_response_alg: alg,
	};
}

let keys = newKeys();
let provider;
const server = createServer((request, response) => provider(request, response));

function start() {
	const issuer = `http://127.0.0.1:${server.address().port}`;
	const made = new Provider(issuer, {
		jwks: { keys },
		cookies: { keys: ['of-this-test-alone'] },
		clients: [client('shop', 'RS256'), client('desk', 'ES256'), client('till', 'EdDSA'), client('other', 'RS256')],
		enabledJWA: { idTokenSigningAlgValues: KINDS.map(([alg]) => alg) },
		pkce: { required: () => true },
		features: {
			resourceIndicators: {
				enabled: true,
				defaultResource: () => 'https://api.shop.example',
				getResourceServerInfo: () => ({ scope: 'read', accessTokenFormat: 'jwt', audience: 'shop' }),
				useGrantedResource: () => true,
			},
		},
	});
	made.on('server_error', (context, error) => console.error(error));
	provider = made.callback();
	return issuer;
}

server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ issuer: start() })}\n`));
for await (const line of createInterface({ input: process.stdin })) {
	keys = line === 'rotate' ? [...newKeys(), ...keys] : keys.slice(0, KINDS.length);
	start();
	process.stdout.write(`${JSON.stringify({ kids: keys.map((key) => key.kid) })}\n`);
}
process.exit(0);
