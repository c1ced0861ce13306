# SPDX-License-Identifier: MIT
"""The demo by curl: cookies as they are set, the cart in them, clocks, logouts, forms from elsewhere."""
import re
import subprocess
import tempfile
import time

import demo
from demo import DEMO, Client, Instance, ok


def sign_in_and_out(folder):
    with Instance(folder) as one:
        ok("it starts, and makes its ring and certificate", one.up, one.said())
        client, other = Client(one.url), Client(one.url)
        first = client.get()
        ok("a visitor gets no cookie", first.status == 200 and not first.all("Set-Cookie") and "Sign in" in first.body, first)
        policy = first.all("Content-Security-Policy")
        ok("a policy for content that allows nothing from elsewhere", len(policy) == 1 and "default-src 'none'" in policy[0]
           and "unsafe" not in policy[0] and "http" not in policy[0], policy)
        ok("and nothing from elsewhere is asked for", not re.search(r'(?:src|href|action)="(?!/[^/]|/"|#|")', first.body), first.body)
        for origin in ("https://evil.example", "null", one.url.replace("https", "http"), one.url + ".evil.example"):
            answer = client.post("/sign-in", origin=origin, name="anna")
            ok(f"a form from {origin.replace(str(one.port), 'PORT')} is refused", answer.status == 403
               and not answer.all("Set-Cookie"), answer)
        bare = client.curl("/sign-in", "--data", "name=anna")
        ok("a form from nowhere too", bare.status == 403 and not bare.all("Set-Cookie"), bare)
        answer = client.post("/sign-in", name="anna")
        ok("signing in", answer.status == 303 and len(answer.cookies()) == 1
           and re.fullmatch(r"__Host-tea=[\w.-]+; Path=/; Secure; HttpOnly; SameSite=Lax", answer.cookies()[0]), answer)
        page = client.get()
        ok("the page knows the name, and renews nothing that is fresh", "<strong>anna</strong>" in page.body
           and not page.all("Set-Cookie"), page)
        evil = Client(one.url)
        evil.post("/sign-in", name='<script>alert(1)</script>"')
        ok("a name is text", "<script>alert" not in evil.get().body and "&lt;script&gt;alert" in evil.get().body)
        for name in ("", "  ", "x" * 41, "a\x01b"):
            ok(f"no name: {name[:3]!r}", other.post("/sign-in", name=name).status == 400)
        lasting = other.post("/sign-in", name="ben", stay="1")
        ok("staying signed in is a Max-Age", re.search(r"; Max-Age=(899|900)$", lasting.cookies()[0]), lasting)
        old = client.get("/session").number("Name")
        asked = client.get("/manager")
        ok("the back office wants more", asked.status == 403 and "more rights" in asked.body, asked)
        stolen = client.copy()
        raised = client.post("/manager")
        after = client.get("/manager")
        ok("more rights: a new name for the session", raised.status == 303 and after.status == 200 and "Good day" in after.body
           and old != "" and after.number("Name") != old, after)
        ok("and the old one is worth nothing", "logged out" in stolen.get().body)
        copy = client.copy()
        ok("a form of one's own needs its origin too", client.post("/log-out", origin="https://evil.example").status == 403
           and "Signed in" in client.get().body)
        out = client.post("/log-out")
        ok("logging out clears the cookie", out.status == 303 and len(out.all("Set-Cookie")) == 5 and not out.cookies()
           and client.names() == [], out)
        ok("and a copy of it is refused and cleared", "logged out" in copy.get().body and copy.names() == [])
        metrics = client.get("/metrics")
        ok("metrics", metrics.status == 200 and metrics.body.endswith("# EOF\n") and "sess_sessions_started_total 3" in metrics.body
           and 'sess_sessions_ended_total{cause="logout"} 1' in metrics.body
           and metrics.all("Content-Type")[0].startswith("application/openmetrics-text"), metrics)
        for path, method, status in (("/nothing", "GET", 404), ("/nothing", "POST", 404), ("/", "PUT", 405), ("/auth", "GET", 401)):
            got = client.curl(path, "-X", method, "-H", f"Origin: {one.url}")
            ok(f"{method} {path}: {status}", got.status == status, got)
        ok("a form that is too large", client.post("/sign-in", name="x" * 20000).status == 413)
    ok("it ends cleanly", one.status == 0, one.status)


def everywhere(folder):
    with Instance(folder) as one:
        here, there, ben = Client(one.url), Client(one.url), Client(one.url)
        for client, name in ((here, "anna"), (there, "anna"), (ben, "ben")):
            client.post("/sign-in", name=name)
        out = here.post("/log-out-everywhere")
        ok("log out everywhere", out.status == 303 and here.names() == [], out)
        ok("ends the other browser's session", "logged out" in there.get().body and there.names() == [])
        ok("and nobody else's", "Signed in" in ben.get().body)
        here.post("/sign-in", name="anna")
        ok("signing in again works at once", "Signed in" in here.get().body)


def cart(folder):
    with Instance(folder) as one:
        client = Client(one.url)
        client.post("/sign-in", name="anna")
        seen = set()
        for n in range(7):
            answer = client.post("/cart/add", id="sencha", note=f"note {n} " + chr(97 + n) * 590)
            page = client.get()
            seen.add(tuple(client.names()))
            ok(f"{n + 1} things with words", answer.status == 303 and all(f"note {i} " + chr(97 + i) * 590 in page.body
                                                                          for i in range(n + 1)), answer, page)
        ok("the cart has crossed into chunks", ("__Host-tea",) in seen and ("__Host-tea.0", "__Host-tea.1") in seen, seen)
        for _ in range(6):
            client.post("/cart/remove", line="0")
        page = client.get()
        ok("and back, without loss", client.names() == ["__Host-tea"] and "note 6 " in page.body and "note 5 " not in page.body)
        answers = []
        for _ in range(40):
            answers.append(client.post("/cart/add", id="assam", note="x" * 600).all("Location"))
            before = client.get().body.count("<q>")
            if answers[-1] != ["/?m=added"]:
                break
        ok("it grows to four cookies, then is full", len(client.names()) == 4 and answers[-1] == ["/?m=full"] and before == len(answers),
           client.names(), answers)
        ok("each as a browser keeps it", all(len(n) + len(v) <= 4096 for n, v in client.jar.items()))
        del client.jar["__Host-tea.1"]
        torn = client.get()
        ok("a part is lost: no cart, no alarm, cleared", "could not be continued" in torn.body and client.names() == []
           and "sess_tokens_rejected_total 0" in client.get("/metrics").body, torn)


def clocks(folder):
    with Instance(folder, "--clock-speed", "60") as fast:
        client = Client(fast.url)
        client.post("/sign-in", name="anna")
        ok("fresh: no cookie", not client.get().all("Set-Cookie"))
        renewed = None
        start = time.monotonic()
        while renewed is None and time.monotonic() - start < 14.8:
            answer = client.get()
            renewed = time.monotonic() - start if answer.cookies() else None
            time.sleep(0.1)
        ok("renewed once about half of the idle time is used, not before", renewed is not None and renewed > 5, renewed)
        time.sleep(0.2)
        ok("and then not again", not client.get().all("Set-Cookie") and client.get().number("Renewed") == "1")
        time.sleep(17)
        late = client.get()
        ok("idle too long: ended, said, cleared", "nobody used it" in late.body and not late.cookies() and client.names() == [], late)


def refused_starts(folder):
    for name, args, word in (("a bad port", ("--port", "0"), "--port"), ("a certificate without key", ("--cert", "x"), "--key"),
                             ("a policy that is not there", ("--policy", "missing"), "policy"),
                             ("an unknown option", ("--bind", "0.0.0.0"), "--help")):
        run = subprocess.run([DEMO, *args], cwd=folder, capture_output=True, text=True, timeout=20, check=False)
        ok(name, run.returncode not in (0, 1) and word in run.stderr, run.returncode, run.stderr)


for part in (sign_in_and_out, everywhere, cart, clocks, refused_starts):
    with tempfile.TemporaryDirectory() as temporary:
        part(temporary)
demo.done()
