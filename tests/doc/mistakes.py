# SPDX-License-Identifier: MIT
"""
doc/mistakes.md: what users do wrong, and what each is told. Made by running it; a test compares.
  mistakes.py ROOT SESSTOOL [--write]
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

root, tool = pathlib.Path(sys.argv[1]), sys.argv[2]
PAGE = root / "doc" / "mistakes.md"
AT = "--now 2027-01-15T08:00:00Z"
LATER = "--now 2027-01-15T10:00:00Z"
GOOD = f"sesstool mint --ring ring.jwks {AT} --sub alice >token"
VERIFY = f"sesstool verify --ring ring.jwks {AT}"

# What it is; what is done before it, unseen; the mistake itself.
MISTAKES = [
    ("The wrong file in the place of the ring", "echo '{\"issuer\": \"x\"}' >policy.json && chmod 600 policy.json",
     f"sesstool key list {AT} policy.json"),
    ("A ring that others may read", "chmod 644 ring.jwks", f"sesstool key list {AT} ring.jwks"),
    ("A ring that is not there", "", f"sesstool verify --ring rnig.jwks {AT} token"),
    ("A new ring over one that is in use", "", "sesstool key new ring.jwks"),
    ("A ring that came only half", "head -c 300 ring.jwks >half.jwks && chmod 600 half.jwks", f"sesstool key list {AT} half.jwks"),
    ("An encrypted ring without its passphrase", "printf horse >pass && chmod 600 pass && sesstool key encrypt --p2c 1000 --passphrase-file pass ring.jwks",
     f"sesstool key list {AT} ring.jwks"),
    ("An encrypted ring with another passphrase",
     "printf horse >pass && printf house >wrong && chmod 600 pass wrong && sesstool key encrypt --p2c 1000 --passphrase-file pass ring.jwks",
     f"sesstool key list {AT} --passphrase-file wrong ring.jwks"),
    ("A token that has expired", "", f"sesstool verify --ring ring.jwks {LATER} token"),
    ("A clock that is off", "", "sesstool verify --ring ring.jwks --now 2027-01-15T07:50:00Z token"),
    ("Half of the cookie was copied", "cut -c 1-200 token >part", f"{VERIFY} part"),
    ("The end was cut off", "head -c 500 token >part", f"{VERIFY} part"),
    ("One character was changed", f"sesstool mint --ring ring.jwks {AT} --tampered >part", f"{VERIFY} part"),
    ("The token of another environment", f"sesstool key new {AT} staging.jwks; sesstool mint --ring staging.jwks {AT} >token", f"{VERIFY} token"),
    ("A session under another policy than it was minted under", "echo '{\"issuer\": \"https://shop.example\", \"audience\": \"shop\"}' >policy.json",
     f"{VERIFY} --policy policy.json token"),
    ("A policy with a member that is misspelt", "echo '{\"idle_timeout\": 3600}' >policy.json", f"{VERIFY} --policy policy.json token"),
    ("A policy that wants more than the ring allows", "echo '{\"absolute_timeout_s\": 86400}' >policy.json", f"{VERIFY} --policy policy.json token"),
    ("A claim that is the library's", "", f"sesstool mint --ring ring.jwks {AT} --claim exp=5"),
    ("Claims that are too large for the cookie", "head -c 6000 /dev/zero | tr '\\0' a >big; printf '{\"cart\":\"%s\"}' \"$(cat big)\" >claims.json",
     f"sesstool mint --ring ring.jwks {AT} --claims claims.json"),
    ("Rotating again before the last rotation has taken effect", f"sesstool key rotate {AT} ring.jwks", f"sesstool key rotate {AT} ring.jwks"),
    ("A key whose turn has not come", "", "sesstool mint --ring ring.jwks --now 2027-01-15T07:00:00Z --sub alice"),
    ("Minting with a ring that only verifies",
     f"sesstool key new --alg ES256 {AT} whole.jwks; sesstool key export {AT} --verify-only -o reader.jwks whole.jwks",
     f"sesstool mint --ring reader.jwks {AT} --sub alice"),
    ("A verify-only ring of HMAC keys", "", f"sesstool key export {AT} --verify-only -o reader.jwks ring.jwks"),
    ("A key that has been revoked", f"sesstool key revoke {AT} ring.jwks $(sesstool key list --json {AT} ring.jwks | sed -n 's/.*\"kid\": \"\\(.*\\)\".*/\\1/p' | head -n 1)",
     f"{VERIFY} token"),
    ("A verb or an option that is mistyped", "", "sesstool verfy token"),
    ("", "", "sesstool verify --rign ring.jwks token"),
    ("The quotes of a header dump around the cookie", "printf 'Cookie: __Host-session=\"%s\"\\r\\n' \"$(cat token)\" >header", "sesstool cookie get header"),
]


def sesstool_in_path(folder):
    (folder / "bin").mkdir()
    (folder / "bin" / "sesstool").symlink_to(tool)
    return {"PATH": f"{folder}/bin:/usr/bin:/bin", "LC_ALL": "C"}


def seen(before, command):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        env = sesstool_in_path(folder)

        def shell(text):
            return subprocess.run(["bash", "-c", text], cwd=folder, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

        shell(f"sesstool key new {AT} ring.jwks && {GOOD}")
        kids = [k["kid"] for k in json.loads((folder / "ring.jwks").read_text())["keys"]]
        if before:
            shell(before)
        done = shell(command)
        text = done.stdout + done.stderr
        # Key ids are random: they are shown as the same two each time, and any other by its kind.
        for kid, shown in zip(kids, ("q7Xd0vJm3kTzP5aB", "Wc2nR8yLh6eGs1uF")):
            text = text.replace(kid, shown)
        text = re.sub(r"(?<=key )(?!q7Xd0|Wc2nR)[\w-]{16}(?=[:\n ])", "N4bYt9oKx2iVj7wZ", text)
        text = re.sub(r"(?<=key       )(?!q7Xd0|Wc2nR)[\w-]{16}", "N4bYt9oKx2iVj7wZ", text)
        return done.returncode, text.rstrip("\n")


def page():
    lines = ["# Mistakes and what each is told", "",
             "Written by `tests/doc/mistakes.py`, which makes each of them; a test compares. The last line is the exit status.", ""]
    for title, before, command in MISTAKES:
        status, text = seen(before, command)
        lines += [f"## {title}", ""] if title else []
        lines += ["```", f"$ {command}", text, f"(exit {status})", "```", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


if sys.argv[3:] == ["--write"]:
    PAGE.write_text(page())
    sys.exit(0)
now, was = page(), PAGE.read_text()
same = now == was
print(f"{'ok' if same else 'not ok'} 1 - doc/mistakes.md is what is said")
if not same:
    import difflib
    print("\n".join("#   " + line for line in difflib.unified_diff(was.splitlines(), now.splitlines(), "the page", "said now", lineterm="")))
parts = now.split("\n## ")[1:]
silent = [p.splitlines()[0] for p in parts if "(exit 0)" in p or not re.search(r"    hint      |  hint  |did you mean|leave it out", p)]
print(f"{'not ok' if silent else 'ok'} 2 - each is refused, and says what next")
print("\n".join(f"#   {s}" for s in silent))
print("1..2")
sys.exit(0 if same and not silent else 1)
