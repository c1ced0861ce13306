# SPDX-License-Identifier: MIT
"""The public functions, as the headers declare them, and those that neither want of memory nor OpenSSL can make fail."""
import re

CANNOT_FAIL = {
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


def declared(root):
    found = set()
    for header in (root / "include" / "sess").glob("*.h"):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
        found |= set(re.findall(r"SESS_API[^;{]*?\b(sess_\w+)\s*\(", text))
    return found


def excused(functions):
    return {name for name in functions if any(re.fullmatch(pattern, name) for pattern in CANNOT_FAIL)}


def in_rows(text):
    """The functions that rows of a C table begin with."""
    return {name for names in re.findall(r'\{\s*"(sess_\w+(?:, sess_\w+)*)', text) for name in names.split(", ")}
