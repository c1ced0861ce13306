# SPDX-License-Identifier: MIT
"""What must be refused, as tables: a claim or a header member that is wrong, and the reason to be given. Part of the
interop tests; must not know which peer mints it."""
GONE = object()

# name, changes, reason; a change is a value, GONE, or a function of the time
CLAIMS = (
    ("iss of another", {"iss": "https://elsewhere.example"}, "WRONG_ISSUER"),
    ("no iss", {"iss": GONE}, "WRONG_ISSUER"),
    ("aud of another", {"aud": "other"}, "WRONG_AUDIENCE"),
    ("aud in an array of others", {"aud": ["a", "b"]}, "WRONG_AUDIENCE"),
    ("no aud", {"aud": GONE}, "WRONG_AUDIENCE"),
    ("iss a number", {"iss": 1}, "BAD_PAYLOAD"),
    ("sub empty", {"sub": ""}, "BAD_PAYLOAD"),
    ("no sid", {"sid": GONE}, "BAD_PAYLOAD"),
    ("sid not canonical", {"sid": "AAAAAAAAAAAAAAAAAAAAAB"}, "BAD_PAYLOAD"),
    ("sid too short", {"sid": "AAAAAAAAAAAAAAAAAAAAA"}, "BAD_PAYLOAD"),
    ("no jti", {"jti": GONE}, "BAD_PAYLOAD"),
    ("no iat", {"iat": GONE}, "BAD_PAYLOAD"),
    ("no exp", {"exp": GONE}, "BAD_PAYLOAD"),
    ("exp a text", {"exp": "4000000000"}, "BAD_PAYLOAD"),
    ("exp a real", {"exp": 4000000000.5}, "BAD_PAYLOAD"),
    ("no auth_time", {"auth_time": GONE}, "BAD_PAYLOAD"),
    ("auth_time after iat", {"auth_time": lambda now: now + 1}, "BAD_PAYLOAD"),
    ("no gen", {"gen": GONE}, "BAD_PAYLOAD"),
    ("gen negative", {"gen": -1}, "BAD_PAYLOAD"),
    ("nbf to come", {"nbf": lambda now: now + 600}, "NOT_YET"),
    ("iat to come", {"iat": lambda now: now + 600}, "NOT_YET"),
    ("exp past", {"iat": lambda now: now - 900, "auth_time": lambda now: now - 900, "exp": lambda now: now - 600},
     "IDLE_EXPIRED"),
    ("idle past, exp to come", {"iat": lambda now: now - 7200, "auth_time": lambda now: now - 7200}, "IDLE_EXPIRED"),
    ("absolute past", {"auth_time": lambda now: now - 90000}, "ABSOLUTE_EXPIRED"),
    ("end past", {"end": lambda now: now - 600}, "ABSOLUTE_EXPIRED"),
)

# name, changes, reason; for the layer that signs
SIGNING = (
    ("kid of nobody", {"kid": "nobody"}, "UNKNOWN_KEY"),
    ("no kid", {"kid": GONE}, "MALFORMED"),
    ("typ JWT", {"typ": "JWT"}, "WRONG_TYPE"),
    ("no typ", {"typ": GONE}, "MALFORMED"),
    ("cty", {"cty": "JWT"}, "MALFORMED"),
    ("an unknown member", {"x": "y"}, "MALFORMED"),
    ("jku", {"jku": "https://elsewhere.example/keys"}, "MALFORMED"),
)

# the same for the layer that encrypts; the cty of each form has tables of its own
ENCRYPTING = tuple(row for row in SIGNING if row[0] != "cty")
CTY = {
    "nested": (("no cty", {"cty": GONE}, "WRONG_FORM"), ("cty of another", {"cty": "text"}, "WRONG_FORM")),
    "sealed": (("cty", {"cty": "JWT"}, "WRONG_FORM"),),
}

EXIT = {"MALFORMED": 3, "WRONG_FORM": 3, "BAD_PAYLOAD": 3, "UNKNOWN_KEY": 4, "BAD_TAG": 5, "BAD_SIGNATURE": 5,
        "NOT_YET": 6, "IDLE_EXPIRED": 6, "ABSOLUTE_EXPIRED": 6, "WRONG_TYPE": 7, "WRONG_ISSUER": 7,
        "WRONG_AUDIENCE": 7}


def changed(members, changes, now):
    """A copy of members with the changes applied; new members come last."""
    result = dict(members)
    for name, value in changes.items():
        if value is GONE:
            result.pop(name, None)
        else:
            result[name] = value(now) if callable(value) else value
    return result
