# SPDX-License-Identifier: MIT
"""Writes the demo's static files into one C source: embed.py OUT FILE..."""
import pathlib
import sys

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
out = ["/* Made by embed.py. */", '#include "demo.h"']
rows = []
for number, name in enumerate(sys.argv[2:]):
    path = pathlib.Path(name)
    data = path.read_bytes()
    body = "\n".join("\t" + " ".join(f"{b}," for b in data[i:i + 20]) for i in range(0, len(data), 20))
    out.append(f"static const unsigned char data_{number}[] = {{\n{body}\n}};")
    rows.append(f'\t{{ "/{path.name}", "{TYPES[path.suffix]}", data_{number}, sizeof(data_{number}) }},')
out.append("const struct asset assets[] = {\n" + "\n".join(rows) + "\n};")
out.append(f"const size_t asset_count = {len(rows)};")
pathlib.Path(sys.argv[1]).write_text("\n".join(out) + "\n")
