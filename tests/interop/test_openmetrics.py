# SPDX-License-Identifier: MIT
"""The metrics text by the parser of the Prometheus project (Debian: python3-prometheus-client), which is strict about
OpenMetrics: order, units, canonical buckets, the end. Then the numbers of metrics_dump's little life."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lint"))
sys.dont_write_bytecode = True
import tap

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
except ImportError:
    print("1..0 # SKIP python3-prometheus-client is not installed")
    sys.exit(0)

text = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True, timeout=60).stdout
families = {f.name: f for f in parse(text)}
values = {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families.values() for s in f.samples}


def value(name, **labels):
    return values.get((name, tuple(sorted(labels.items()))))


def refused(what):
    try:
        list(parse(what))
    except ValueError:
        return []
    return ["the parser took it"]


kids = [s.labels["kid"] for s in families["sess_tokens_verified"].samples]
EXPECTED = [
    (10, "sess_sessions_started_total", {}),
    (3, "sess_sessions_renewed_total", {}),
    (0, "sess_sessions_regenerated_total", {}),
    (1, "sess_sessions_ended_total", {"cause": "logout"}),
    (6, "sess_sessions_ended_total", {"cause": "idle"}),
    (0, "sess_sessions_ended_total", {"cause": "absolute"}),
    (0, "sess_sessions_ended_total", {"cause": "revoked"}),
    (6, "sess_session_length_seconds_count", {"cause": "idle"}),
    (6 * 3600, "sess_session_length_seconds_sum", {"cause": "idle"}),
    (0, "sess_session_length_seconds_bucket", {"cause": "idle", "le": "1800.0"}),
    (6, "sess_session_length_seconds_bucket", {"cause": "idle", "le": "3600.0"}),
    (6, "sess_session_length_seconds_bucket", {"cause": "idle", "le": "+Inf"}),
    (400, "sess_session_length_seconds_sum", {"cause": "logout"}),
    (3, "sess_session_renewal_age_seconds_count", {}),
    (1200, "sess_session_renewal_age_seconds_sum", {}),
    (0, "sess_session_renewal_age_seconds_bucket", {"le": "300.0"}),
    (3, "sess_session_renewal_age_seconds_bucket", {"le": "900.0"}),
    (17, "sess_tokens_rejected_total", {}),
    (10, "sess_token_faults_total", {"reason": "malformed"}),
    (7, "sess_token_faults_total", {"reason": "idle_expired"}),
    (0, "sess_token_faults_total", {"reason": "bad_tag"}),
    (13, "sess_tokens_minted_total", {"kid": kids[0]}),
    (14, "sess_tokens_verified_total", {"kid": kids[0]}),
    (0, "sess_tokens_verified_total", {"kid": "(gone)"}),
    (1, "sess_ring_generation", {}),
    (0, "sess_ring_reloads_total", {"result": "ok"}),
]
TYPES = {"sess_sessions_ended": "counter", "sess_session_length_seconds": "histogram",
         "sess_session_renewal_age_seconds": "histogram", "sess_ring_generation": "gauge"}

tap.check("the parser reads it", [] if len(families) > 15 else [f"{len(families)} families"])
tap.check("families have types, units and help",
          [f.name for f in families.values() if f.type not in ("counter", "gauge", "histogram") or not f.documentation]
          + [n for n, t in TYPES.items() if families[n].type != t]
          + [f.name for f in families.values() if (f.type == "histogram") != (f.unit == "seconds")])
for want, name, labels in EXPECTED:
    got = value(name, **labels)
    tap.check(f"{name} {labels if 'kid' not in labels else ''}", [] if got == want else [f"{got}, expected {want}"])
tap.check("each reason has its sample", [] if len(families["sess_token_faults"].samples) == 20 else ["not 20"])
tap.check("two keys, one of them of the minting role", [] if len(kids) == 3 else [str(len(kids))])
# The parser must be able to say no.
tap.check("planted: without its end", refused(text.replace("# EOF\n", "")))
tap.check("planted: a family in two pieces", refused(text.replace("# EOF\n", "sess_sessions_started_total 1\n# EOF\n")))
tap.check("planted: a bucket that shrinks", refused(text.replace('cause="idle",le="3600.0"} 6', 'cause="idle",le="3600.0"} 7')))
tap.done()
