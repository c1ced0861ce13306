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


def histogram_differs(samples, name, cause, values):
    """Count, sum and every bucket, against the single values."""
    own = {labels.get("le", end): value for end, labels, value in samples[name] if labels.get("cause") == cause}
    wanted = {le: sum(v <= float(le) for v in values) for le in own if not le.startswith("_")}
    return len(wanted) < 3 or own != {**wanted, "_count": len(values), "_sum": sum(values)}


def by_key_differs(samples, name, counts):
    """The keys of the rings in use each, those that are gone in one."""
    own = {labels["kid"]: value for _, labels, value in samples[name]}
    gone = sum(counts.values()) - sum(counts.get(kid, 0) for kid in own)
    return any(value != (gone if kid == "(gone)" else counts.get(kid, 0)) for kid, value in own.items())


def differences(text, told):
    """One manager's metrics against the model's counts of it: the names of those that differ."""
    samples = collections.defaultdict(list)
    for family in parse(text):
        for sample in family.samples:
            samples[family.name].append((sample.name.removeprefix(family.name), sample.labels, sample.value))
    single = {(name, *labels.values()): value for name, found in samples.items() for _, labels, value in found}
    for cause in ("idle", "absolute", "logout", "revoked"):
        values = told.get(cause, [])
        if single[("sess_sessions_ended", cause)] != len(values):
            yield f"ended {cause}"
        if histogram_differs(samples, "sess_session_length_seconds", cause, values):
            yield f"length {cause}"
    if histogram_differs(samples, "sess_session_renewal_age_seconds", None, told["ages"]):
        yield "renewal age"
    for name in ("verified", "minted"):
        if by_key_differs(samples, f"sess_tokens_{name}", told[name]):
            yield f"{name} by key"
    if single[("sess_ring_reloads", "ok")] != told["reloads"] or single[("sess_ring_reloads", "refused")] != 0:
        yield "reloads"
    if single[("sess_old_key_used",)] != told["old_key"]:
        yield "old key used"


def compare_managers(name, folder, form):
    """Each manager of a walk by itself; and that there was something to compare."""
    wrong, met = collections.Counter(), collections.Counter()
    for path in folder.glob(f"{form}-*.txt"):
        told = json.loads(path.with_suffix(".json").read_text())
        wrong.update(differences(path.read_text(), told))
        met.update({k: v if isinstance(v, int) else len(v) for k, v in told.items()})
    ok(f"{name}: ended, lengths, ages, keys, reloads of each manager", not wrong, dict(wrong))
    ok(f"{name}: each of {len(met)} was met", len(met) == 7 and min(met.values()) > 50, dict(met))


def compare(name, sums, counts):
    for sample, counted in (("sess_sessions_started_total", "minted"), ("sess_tokens_verified_total", "accepted"),
                            ("sess_sessions_renewed_total", "renewed"), ("sess_sessions_regenerated_total", "regenerated"),
                            ("sess_tokens_rejected_total", "refused"), ("sess_context_changed_total", "context_changed"),
                            ("sess_session_renewal_age_seconds_count", "renewed")):
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
            compare_managers(name, folder, number)
print(f"1..{count}")
sys.exit(1 if failed else 0)
