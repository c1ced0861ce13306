# SPDX-License-Identifier: MIT
"""The metrics of the random walk, parsed by Prometheus's own client, are what the model has counted."""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
except ImportError:
    print("1..0 # SKIP python3-prometheus-client is not installed")
    sys.exit(0)

FORMS = ("nested", "sealed", "signed")
count = failed = 0


def ok(name, holds, detail=""):
    global count, failed
    count += 1
    failed += not holds
    print(f"{'ok' if holds else 'not ok'} {count} - {name}{'' if holds else f' # {detail}'}")


def add_up(folder, form):
    """All samples of all managers, by name and (but for the key) by label."""
    sums = collections.Counter()
    for path in folder.glob(f"{form}-*.txt"):
        for family in parse(path.read_text()):
            for sample in family.samples:
                labels = {k: v for k, v in sample.labels.items() if k != "kid"}
                sums[(sample.name, *sorted(labels.values()))] += sample.value
    return sums


def compare(name, sums, counts):
    for sample, counted in (("sess_sessions_started_total", "minted"), ("sess_tokens_verified_total", "accepted"),
                            ("sess_sessions_renewed_total", "renewed"), ("sess_sessions_regenerated_total", "regenerated"),
                            ("sess_tokens_rejected_total", "refused"), ("sess_context_changed_total", "context_changed"),
                            ("sess_session_renewal_age_seconds_count", "renewed"),
                            ("sess_session_renewal_age_seconds_sum", "renewal_age")):
        ok(f"{name}: {sample}", sums[(sample,)] == counts[counted] > 0, f"{sums[(sample,)]}, the model: {counts[counted]}")
    minted = counts["minted"] + counts["renewed"] + counts["regenerated"]
    ok(f"{name}: sess_tokens_minted_total", sums[("sess_tokens_minted_total",)] == minted)
    reasons = {k: v for k, v in counts.items() if k.isupper()}
    wrong = {k: (sums[("sess_token_faults_total", k.lower())] or sums[("sess_token_faults_total", k)], v)
             for k, v in reasons.items()
             if (sums[("sess_token_faults_total", k.lower())] or sums[("sess_token_faults_total", k)]) != v}
    ok(f"{name}: sess_token_faults_total of {len(reasons)} reasons", len(reasons) == 20 and not wrong, wrong)


with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary)
    run = subprocess.run([sys.argv[1]], env={**os.environ, "SESS_MODEL_METRICS": temporary}, capture_output=True, check=False)
    ok("the walk", run.returncode == 0, run.stdout[-500:])
    for number in range(3):
        path = folder / f"{number}-counts.json"
        name = FORMS[number]
        ok(f"{name}: the model's counts", path.exists())
        if path.exists():
            compare(name, add_up(folder, number), json.loads(path.read_text()))
print(f"1..{count}")
sys.exit(1 if failed else 0)
