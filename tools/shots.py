# SPDX-License-Identifier: MIT
"""
Pictures of the terminal in doc/, rendered from what sesstool prints on one of 88 columns: nothing in them is drawn by hand.
  tools/shots.py SESSTOOL [DIR]      default DIR: doc
"""
import fcntl
import html
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

COLUMNS, CELL, LINE, MARGIN = 88, 8.4, 18, 14
STYLES = {"1": "font-weight:bold", "1;31": "font-weight:bold;fill:#ff7b72", "1;32": "font-weight:bold;fill:#7ee787"}
AT, LATER = "2027-01-15T08:00:00Z", "2027-02-14T08:00:00Z"


def on_terminal(folder, tool, args, stdin=b""):
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    with subprocess.Popen([tool, *args], cwd=folder, stdin=subprocess.PIPE, stdout=follower, stderr=follower,
                          env={"PATH": "/usr/bin:/bin", "TERM": "xterm"}) as process:
        process.stdin.write(stdin)
        process.stdin.close()
        os.close(follower)
        text = b""
        try:
            while chunk := os.read(leader, 65536):
                text += chunk
        except OSError:
            pass
    os.close(leader)
    return text.decode().replace("\r\n", "\n").rstrip("\n")


def spans(line):
    """A line's pieces with their style; long lines go on below, as on a terminal."""
    style, column = "", 0
    row = []
    for piece in re.split(r"(\x1b\[[\d;]*m)", line):
        if piece.startswith("\x1b"):
            style = STYLES.get(piece[2:-1], "")
            continue
        while piece:
            part, piece = piece[:COLUMNS - column], piece[COLUMNS - column:]
            row.append((part, style))
            column += len(part)
            if column == COLUMNS and piece:
                yield row
                row, column = [], 0
    yield row


def svg(command, text):
    rows = [[(f"$ {command}", "fill:#79c0ff")]] + [row for line in text.split("\n") for row in spans(line)]
    width, height = COLUMNS * CELL + 2 * MARGIN, len(rows) * LINE + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}" role="img">',
           f"<title>{html.escape(command)}</title>", f'<rect width="100%" height="100%" rx="6" fill="#0d1117"/>',
           '<g font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="14" fill="#e6edf3" xml:space="preserve">']
    for number, row in enumerate(rows):
        out.append(f'<text x="{MARGIN}" y="{MARGIN + LINE * number + 13}">' +
                   "".join(f'<tspan style="{s}">{html.escape(t)}</tspan>' if s else html.escape(t) for t, s in row) + "</text>")
    return "\n".join([*out, "</g>", "</svg>"]) + "\n"


def main():
    tool, out = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "doc")
    with tempfile.TemporaryDirectory() as folder:
        def quiet(*args):
            return subprocess.run([tool, *args], cwd=folder, capture_output=True, check=False).stdout

        quiet("key", "new", "--alg", "ES256", "--now", AT, "ring.jwks")
        quiet("key", "rotate", "--now", LATER, "ring.jwks")
        token = quiet("mint", "--ring", "ring.jwks", "--now", LATER, "--sub", "alice", "--claim", "role=admin", "--claim", "cart=[1,2]")
        pathlib.Path(folder, "token").write_bytes(token)
        old = quiet("mint", "--ring", "ring.jwks", "--now", LATER, "--sub", "alice", "--expired")
        pathlib.Path(folder, "old").write_bytes(old)
        pathlib.Path(folder, "policy.json").write_text('{"issuer": "https://shop.example", "cookie": {"same_site": "none"}}')
        for name, shown, args in (
                ("key-list", "sesstool key list ring.jwks", ["key", "list", "--now", "2027-02-14T08:20:00Z", "ring.jwks"]),
                ("inspect", "sesstool inspect token", ["inspect", "--now", LATER, "token"]),
                ("verify", "sesstool verify --ring ring.jwks token", ["verify", "--ring", "ring.jwks", "--now", "2027-02-14T08:20:00Z", "token"]),
                ("refused", "sesstool verify --ring ring.jwks old", ["verify", "--ring", "ring.jwks", "--now", LATER, "old"]),
                ("doctor", "sesstool doctor --ring ring.jwks --policy policy.json",
                 ["doctor", "--ring", "ring.jwks", "--policy", "policy.json", "--now", "2027-05-14T08:20:00Z"])):
            (out / f"shot-{name}.svg").write_text(svg(shown, on_terminal(folder, tool, args)))


main()
