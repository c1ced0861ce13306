# SPDX-License-Identifier: MIT
"""Runs the benchmark's programs by turns, so that C and Node.js meet the same machine, and writes doc/benchmark.md, doc/benchmark.svg and the README's table."""
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile

BENCH, NPM, CHUNKS, ROUNDS, SECONDS = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]
DOC = pathlib.Path("doc")
C_PEERS = ("cjose", "libjwt", "jose", "rhonabwy")
PEERS = C_PEERS + ("npm jose", "npm fast-jwt", "npm iron-webcrypto")


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(command)} failed with status {done.returncode}")
    return json.loads(done.stdout)


def compare():
    """Medians of the chunks' medians, by (who, what, kind)."""
    samples, facts = {}, {}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as tokens:
        json.dump(run(BENCH, "tokens"), tokens)
        tokens.flush()
        for chunk in range(CHUNKS):
            print(f"bench: chunk {chunk + 1} of {CHUNKS}", file=sys.stderr)
            rows = run(BENCH, "compare", ROUNDS)
            if (pathlib.Path(NPM) / "node_modules").is_dir():
                rows += run("node", "tests/bench/peers.mjs", NPM, tokens.name, ROUNDS)
            for row in rows:
                key = (row["who"], row["what"], row["kind"])
                samples.setdefault(key, []).append(row["ns"])
                facts[key] = row
    return {key: statistics.median(ns) for key, ns in samples.items()}, facts


def sweeps():
    ns, facts = {}, {}
    for _ in range(CHUNKS):
        for row in run(BENCH, "sweep", ROUNDS):
            key = (row["who"], row["what"], row["kind"])
            ns.setdefault(key, []).append(row["ns"])
            facts[key] = row
    return {key: statistics.median(v) for key, v in ns.items()}, facts


def instructions(who, what, kind):
    """A call's, by two runs of different length under callgrind; None where valgrind is not there."""
    counts = []
    for n in (200, 1200):
        with tempfile.TemporaryDirectory() as folder:
            try:
                done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", BENCH, "once", who,
                                       what, kind, str(n)], capture_output=True, text=True, check=False)
            except FileNotFoundError:
                return None
        found = re.search(r"Collected : (\d+)", done.stderr)
        if not found:
            return None
        counts.append(int(found[1]))
    return (counts[1] - counts[0]) // 1000


def profile(who, what, kind):
    """Where the instructions of a call go, by layer of the library and by library; None without valgrind."""
    sums = []
    for n in (200, 1200):
        with tempfile.TemporaryDirectory() as folder:
            try:
                subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", BENCH, "once", who, what,
                                kind, str(n)], capture_output=True, check=False)
                text = subprocess.run(["callgrind_annotate", "--threshold=100", f"{folder}/out"], capture_output=True, text=True,
                                      check=False).stdout
            except FileNotFoundError:
                return None
        groups = {}
        for line in text.splitlines():
            found = re.match(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+(\S+?):(.+)", line)
            if not found:
                continue
            layer = re.search(r"/src/(\w+)/", found[2])
            vectors = "src/json" if found[3].startswith("json_") else "src/base"  # what the compiler's own headers were used by
            group = f"src/{layer[1]}" if layer else "libcrypto" if "libcrypto" in found[3] else \
                vectors if "intrin" in found[2] else "tests/bench" if "/bench/" in found[2] else "libc and the rest"
            groups[group] = groups.get(group, 0) + int(found[1].replace(",", ""))
        sums.append(groups)
    return {g: (n - sums[0].get(g, 0)) / 1000 for g, n in sums[1].items()}


def beyond_the_floor(what, kind):
    """A table of ours beside the floor's: what the difference, which an aim allows so much of, is made of."""
    ours, floor = profile("sess", what, kind), profile("floor", what, kind)
    if not ours or not floor:
        return
    yield f"\n## Where a {what}'s instructions go ({kind})\n\n| | sess | floor | beyond it |\n|---|---:|---:|---:|"
    for group in sorted(ours.keys() | floor.keys(), key=lambda g: floor.get(g, 0) - ours.get(g, 0)):
        a, b = ours.get(group, 0), floor.get(group, 0)
        if max(a, b) >= 10:
            yield f"| {group} | {number(a)} | {number(b)} | {number(a - b)} |"
    a, b = sum(ours.values()), sum(floor.values())
    yield f"| together | {number(a)} | {number(b)} | {number(a - b)} |"


def machine():
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    flags = next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "")
    has = [f for f in ("aes", "sha_ni", "avx2", "vaes", "avx512f") if f" {f} " in flags + " "]
    openssl = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=False).stdout.split(" (")[0].strip()
    return (f"{cpu}, {os.cpu_count()} cores ({', '.join(has)}); {platform.system()} {platform.release().split('-')[0]}, "
            f"{openssl}; load when it began: {os.getloadavg()[0]:.1f}")


def number(ns):
    return f"{ns:,.0f}"


def ratio(x):
    return f"{x:.2f}" if x < 10 else f"{x:.0f}"


def row_of(ns, who, what, kind):
    own, floor = ns.get(("sess", what, kind)), ns.get(("floor", what, kind))
    value = ns[(who, what, kind)]
    return (f"| {who} | {what} | {number(value)} | {ratio(value / floor) if floor else ''} | "
            f"{'' if who in ('sess', 'floor') or not own else ratio(value / own)} |")


def tables(ns, facts, counted):
    kinds = list(dict.fromkeys(kind for _, _, kind in ns))
    for kind in kinds:
        yield f"\n### {kind}\n"
        yield "| who | what | ns a call | × floor | × sess |\n|---|---|---:|---:|---:|"
        for what in ("verify", "mint"):
            for who in ("floor", "sess") + PEERS:
                if (who, what, kind) in ns:
                    yield row_of(ns, who, what, kind)
        for who, what, k in ns:
            if k == kind and who == "sess" and what not in ("verify", "mint"):
                yield row_of(ns, who, what, kind)
    yield "\n## Instructions and allocations a call\n"
    yield "Instructions by callgrind, which knows no SHA extensions: OpenSSL takes its AVX2 code there. Allocations by an interposer.\n"
    yield "| who | what | kind | instructions | allocations | of them libcrypto's |\n|---|---|---|---:|---:|---:|"
    for key, count in counted.items():
        fact = facts[key]
        all_of = fact["allocs"] + fact["allocs_crypto"]
        yield f"| {key[0]} | {key[1]} | {key[2]} | {number(count) if count else '?'} | {all_of:g} | {fact['allocs_crypto']:g} |"


def aims(ns, swept, threads):
    """Each aim with what came out, by ratios of this one run."""
    def get(who, what, kind):
        return ns.get((who, what, kind))

    def fastest(what, kind, peers=PEERS):
        return min((get(p, what, kind) for p in peers if get(p, what, kind)), default=None)

    def against_floor(what, kind):
        return get("sess", what, kind) / get("floor", what, kind)

    def peers_over(what, kind, peers=PEERS):
        best = fastest(what, kind, peers)
        return best / get("sess", what, kind) if best else None

    rows = [("verify, nested, × floor", against_floor("verify", "nested"), 1.3, "at most"),
            ("fastest peer ÷ verify, nested", peers_over("verify", "nested"), 8, "at least"),
            ("verify, sealed, × floor", against_floor("verify", "sealed"), 1.9, "at most"),
            ("fastest peer ÷ verify, sealed", peers_over("verify", "sealed"), 8, "at least"),
            ("verify, signed HS256, × floor", against_floor("verify", "signed"), 1.5, "at most"),
            ("fastest C peer ÷ verify, signed HS256", peers_over("verify", "signed", C_PEERS), 5, "at least"),
            ("mint, nested, × floor", against_floor("mint", "nested"), 1.6, "at most"),
            ("fastest peer ÷ mint, nested", peers_over("mint", "nested"), 7, "at least"),
            ("verify, nested ES256, × floor", against_floor("verify", "nested ES256"), 1.05, "at most"),
            ("verify, nested with A256KW, × its own floor", against_floor("verify", "nested A256KW"), 1.3, "at most"),
            ("fastest peer ÷ verify, nested with A256KW", peers_over("verify", "nested A256KW"), 8, "at least"),
            ("verify with the document ÷ (verify + json_loadb)", get("sess", "verify + document", "nested") /
             (get("sess", "verify", "nested") + get("jansson", "json_loadb", "nested")), 1.1, "at most"),
            ("allocations of ours, verify", None, 1, "at most"), ("allocations of ours, mint", None, 1, "at most")]
    key64, key2 = swept.get(("sess", "verify", "keys 64")), swept.get(("sess", "verify", "keys 2"))
    rows.append(("verify with 64 keys ÷ with 2", key64 / key2, 1.05, "at most"))
    rows.append(("verify with 10^6 revocations ÷ with none", swept[("sess", "verify", "revoked 1000000")] /
                 swept[("sess", "verify", "revoked 0")], 1.10, "at most"))
    junk, byte = get("sess", "refuse: 16 MB of junk", "nested"), get("sess", "refuse: 1 byte", "nested")
    rows.append(("refusing 16 MB of junk ÷ 1 byte", junk / byte, 2, "at most"))
    by = {row["threads"]: row for row in threads}
    rows.append(("scaling to 2 threads ÷ the floor's own", (by[2]["sess_per_s"] / by[1]["sess_per_s"]) /
                 (by[2]["floor_per_s"] / by[1]["floor_per_s"]), 0.95, "at least"))
    return rows


BEGIN, END = "<!-- from here: written by tools/bench.sh -->", "<!-- up to here: written by tools/bench.sh -->"


def readme(ns, began):
    """The README's table, between its two marks: microseconds a call, and how many times ours the fastest peer takes."""
    kinds = ("nested", "sealed", "signed", "nested ES256")
    out = [BEGIN, "", "| microseconds a call | " + " | ".join(f"{k}: verify | mint" for k in kinds) + " |",
           "|---|" + "---:|" * (2 * len(kinds))]
    for who in ("floor", "sess") + PEERS:
        cells = [f"{ns[(who, what, kind)] / 1000:.1f}" if (who, what, kind) in ns else "" for kind in kinds for what in ("verify", "mint")]
        if any(cells):
            out.append(f"| {'**sess**' if who == 'sess' else who} | " + " | ".join(cells) + " |")
    out += ["", f"{began}. [All of it](doc/benchmark.md), with allocations, instructions, threads, sizes, and the aims beside what came out.",
            "", "![verify and mint beside the peers](doc/benchmark.svg)", "", END]
    text = pathlib.Path("README.md").read_text()
    head, rest = text.split(BEGIN, 1)
    pathlib.Path("README.md").write_text(head + "\n".join(out) + rest.split(END, 1)[1])


def plot(ns):
    """Nested verify and mint, ours beside the peers, on a logarithmic scale; gnuplot draws."""
    people = [w for w in ("floor", "sess") + PEERS if (w, "verify", "nested") in ns]
    with tempfile.NamedTemporaryFile("w", suffix=".dat") as data:
        for who in people:
            data.write(f'"{who}" {ns[(who, "verify", "nested")] / 1000} {ns.get((who, "mint", "nested"), 0) / 1000}\n')
        data.flush()
        script = f"""set terminal svg size 760,360 font 'sans-serif,13'
set output '{DOC / "benchmark.svg"}'
set title 'A nested session of about 300 bytes (HS256 in A256GCM): microseconds a call, less is better'
set style data histograms
set style fill solid 0.85 border -1
set boxwidth 0.9
set logscale y
set yrange [0.5:*]
set grid ytics lc rgb '#dddddd'
set xtics rotate by -20
set key top left
plot '{data.name}' using 2:xtic(1) title 'verify' lc rgb '#2b6cb0', '' using 3 title 'mint' lc rgb '#dd6b20'
"""
        try:
            subprocess.run(["gnuplot"], input=script, text=True, check=True)
        except FileNotFoundError:
            print("bench: gnuplot is not there: no plot", file=sys.stderr)


def main():
    began = machine()
    ns, facts = compare()
    swept, _ = sweeps()
    threads = run(BENCH, "threads", SECONDS)
    wanted = [("sess", "verify", k) for k in ("nested", "sealed", "signed")] + [("floor", "verify", "nested"), ("sess", "mint", "nested")]
    wanted += [(p, "verify", "nested") for p in C_PEERS if (p, "verify", "nested") in ns]
    counted = {key: instructions(*key) for key in wanted}
    out = ["# Benchmark\n", "Written by `tools/bench.sh`: medians of interleaved rounds in one run, "
           "each case checked before it is timed, keys parsed once, the same work for all: verify, check `exp`, deliver `sub`. The "
           "floor is the same bytes through bare EVP with contexts that are keyed once, without JSON. Take the ratios, not the figures.\n", f"Machine: {began}.\n",
           "## Aims\n", "| | came out | aim |\n|---|---:|---:|"]
    for name, value, aim, sense in aims(ns, swept, threads):
        if value is None:
            value = facts[("sess", name.split(", ")[1], "nested")]["allocs"]
        out.append(f"| {name} | {value:.2f} | {sense} {aim} |")
    out.append("\n## By kind of token\n")
    out += list(tables(ns, facts, counted))
    for what, kind in (("verify", "nested"), ("verify", "sealed"), ("verify", "signed"), ("mint", "nested")):
        out += beyond_the_floor(what, kind)
    out.append("\n## By size of ring, payload and revocations (nested verify)\n\n| | ns a call |\n|---|---:|")
    out += [f"| {kind} | {number(value)} |" for (who, what, kind), value in swept.items() if (who, what) == ("sess", "verify")]
    out.append("\n## By threads (nested verify, calls a second)\n\n| threads | floor | sess |\n|---:|---:|---:|")
    out += [f"| {t['threads']} | {number(t['floor_per_s'])} | {number(t['sess_per_s'])} |" for t in threads]
    (DOC / "benchmark.md").write_text("\n".join(out) + "\n")
    readme(ns, began)
    plot(ns)
    print("\n".join(out[:6] + out[6:20]))
    print(f"written: {DOC / 'benchmark.md'}, {DOC / 'benchmark.svg'}")


main()
