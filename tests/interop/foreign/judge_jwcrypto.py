# SPDX-License-Identifier: MIT
"""jwcrypto as judge, as an application would use it: its JWT with algs, issuer, audience and clock. See lines.h."""
import base64
import json
import sys
import types

sys.dont_write_bytecode = True
import tokens

try:
    from jwcrypto import jwk, jwt
except ImportError as error:
    print(f"skip {error}")
    sys.exit(77)

# It reads the clock of the machine otherwise.
jwt.time = types.SimpleNamespace(time=lambda: tokens.NOW)
with open(sys.argv[1], encoding="ascii") as file:
    keys = {name: (entry["alg"], jwk.JWK(**entry["jwk"])) for name, entry in json.load(file).items()}
ID = {"iss": tokens.ISSUER, "aud": tokens.AUDIENCE, "exp": None, "iat": None, "sub": None, "nonce": tokens.NONCE}
JWT = {"iss": tokens.ISSUER, "aud": tokens.AUDIENCE, "exp": None}


def judge(name, kind, token):
    alg, key = keys[name]
    try:
        judged = jwt.JWT(algs=[alg], check_claims=ID if kind == "id" else JWT)
        judged.leeway = tokens.LEEWAY
        judged.deserialize(token.decode(), key)
        return "+ " + base64.b64encode(judged.token.payload).decode()
    except Exception as why:  # whatever it raises is its refusal
        return "- " + type(why).__name__


for line in sys.stdin:
    name, kind, text = line.split(" ")
    sys.stdout.write(judge(name, kind, base64.b64decode(text)) + "\n")
