# SPDX-License-Identifier: MIT
"""Every public function is called while memory fails (a row of a hunger test that begins with its name), or cannot hunger."""
import pathlib
import re
import sys

import tap

# Where rows are: test programs that link allocators that fail (tests/session/famine.h).
ROW = re.compile(r'\{\s*"(sess_\w+(?:, sess_\w+)*)')
REASONS = {
    r"sess_\w+_free": "frees",
    r"sess_(error|reason|event|unusual|form)_\w+|sess_exit_status": "looks up a table",
    r"sess_session_(absolute_deadline|auth_time|claims_json|compare|context|get_bool|get_int|get_json|get_string|hard_end|id|"
    r"idle_deadline|is_last|is_persistent|issued_at|kid|renewals|subject|token_id|wants_renewal)":
        "reads the session; the row of the getters shows that they allocate nothing",
    r"sess_inspection_\w+": "reads the inspection",
    r"sess_cookies_(chunks|count|spare|value)|sess_cookie_(capacity|full_name)": "reads or computes",
    r"sess_ring_(encryption|form|generation|key_count|key_info|leeway_s|p2c|rate_per_s|session_life_s|token_life_s)":
        "reads the ring",
    r"sess_manager_(count_logout|generation|policy)": "reads or counts",
    r"sess_policy_(init|insecure_any_audience)": "fills the caller's structure",
    r"sess_context_net_prefix": "writes into the caller's buffer",
    r"sess_foreign_(alg|auth_time|claims_json|expires_at|get_bool|get_int|get_json|get_string|issued_at|issuer|kid|subject)":
        "reads the token, as the getters of a session do",
    r"sess_foreign_(can_verify|libjwt_version|keys_(alg|count|kid|skipped))": "reads the keys or a table",
    r"sess_revocations_fd": "reads the feed",
    r"sess_watch_event": "has its slots since sess_watch_new()",
}

root = pathlib.Path(sys.argv[1])
declared = set()
for header in (root / "include" / "sess").glob("*.h"):
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
    declared |= set(re.findall(r"SESS_API[^;{]*?\b(sess_\w+)\s*\(", text))
rows = set()
for path in (root / "tests").rglob("test_*.c"):
    text = path.read_text()
    if "famine.h" in text:
        for names in ROW.findall(text):
            rows |= set(names.split(", "))
excused = {name for name in declared if any(re.fullmatch(pattern, name) for pattern in REASONS)}

tap.check("rows were found", [] if len(rows) > 30 else [f"only {len(rows)}"])
tap.check("each function has a row in a hunger test, or a reason in tests/lint/starved.py", sorted(declared - rows - excused))
tap.check("each row is of a function that there is", sorted(rows - declared))
tap.check("each reason is of a function without a row", sorted(rows & excused))
tap.check("each reason is needed", sorted(p for p in REASONS if not any(re.fullmatch(p, name) for name in declared)))
tap.done()
