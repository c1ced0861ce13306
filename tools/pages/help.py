# SPDX-License-Identifier: MIT
"""Writes the help pages of sesstool, from table.py, as a C source: each fits a terminal of 80 columns and 24 lines."""
import sys
import textwrap

sys.dont_write_bytecode = True  # the source folder may be another's
import table  # noqa: E402

WIDTH, COLUMN = 79, 25


def line(left, right, column=COLUMN):
    """An option and its text; the text goes on in its own column."""
    first = f"  {left:<{column - 2}}"
    lines = textwrap.wrap(right, WIDTH - column) or [""]
    if len(left) > column - 3:
        return [f"  {left}"] + [" " * column + text for text in lines] if len(left) + len(right) + 4 > WIDTH else [f"  {left}  {right}"]
    return [(first + lines[0]).rstrip()] + [" " * column + text for text in lines[1:]]


def spelled(option):
    return f"--{option.name} {option.meta}".strip()


def grouped(verb):
    """One line a group: its options, after what the group is."""
    for name, title in verb.groups.items():
        names = "  ".join(spelled(o) for o in verb.options if o.group == name)
        yield from ([f"  {title}:"] if title else [])
        yield from textwrap.wrap(names, WIDTH - 4, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    common = "  ".join(spelled(o) for o in verb.options if o.group == "common")
    if common:
        yield f"  {common}"
    if any(o.group == "foreign" for o in verb.options):
        yield f"  {table.FOREIGN_LINE}"
    if any(o.group == "open" for o in verb.options):
        yield f"  {table.OPEN_LINE}"


def verb_page(verb):
    lines = [verb.synopsis, *textwrap.wrap(verb.summary[0].upper() + verb.summary[1:] + ".", WIDTH - 2, initial_indent="  ",
                                           subsequent_indent="  "), ""]
    for option in verb.options:
        if option.group is None:
            lines += line(spelled(option), option.text)
    lines += grouped(verb)
    if verb.text:
        lines += textwrap.wrap(verb.text, WIDTH - 2, initial_indent="  ", subsequent_indent="  ")
    lines += ["", "Examples:" if len(verb.examples) > 1 else "Example:", *["  " + e for e in verb.examples]]
    return "\n".join(lines) + "\n"


def group_page(name, title):
    verbs = [v for v in table.VERBS if v.path.split()[0] == name]
    lines = [f"sesstool {name} WORD [options]: {title}", ""]
    for verb in verbs:
        lines += line(verb.path, verb.summary, 17)
    lines += ["", f"`sesstool help {verbs[0].path}` shows the options of one; so does --help after it.", "", "Examples:",
              *["  " + v.examples[0] for v in verbs[:3]]]
    return "\n".join(lines) + "\n"


def topic_page(name):
    title, body = table.TOPICS[name]
    lines = [f"sesstool: {title}", ""]
    for item in body:
        lines += line(*item) if isinstance(item, tuple) else [item]
    return "\n".join(lines) + "\n"


def top_page():
    lines = ["sesstool: issue, inspect, verify and explain session tokens", ""]
    for name in table.verb_names():
        verb = next(v for v in table.VERBS if v.path.split()[0] == name)
        lines += line(name + (" ..." if name in table.GROUPS else ""), table.GROUPS.get(name, verb.summary), 14)
    lines += line("help VERB", "its options; also `help key rotate`, `help ring`, `help exit`", 14)
    lines += ["", "A token comes from stdin, a file, or a pasted Cookie header.", "", "Examples:",
              "  sesstool key new ring.jwks",
              "  sesstool mint --ring ring.jwks --sub alice --claim role=admin >token",
              "  sesstool verify --ring ring.jwks token", ""]
    lines += textwrap.wrap("Exit: " + ", ".join(table.EXIT) + ".", WIDTH, break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def pages():
    """Every page, by what is written after `sesstool help`."""
    found = {"": top_page()}
    found |= {name: group_page(name, title) for name, title in table.GROUPS.items()}
    found |= {verb.path: verb_page(verb) for verb in table.VERBS}
    return found | {name: topic_page(name) for name in table.TOPICS}


def quoted(text):
    return "\n".join('\t    "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in text.splitlines())


def main():
    with open(sys.argv[1], "w", encoding="ascii") as out:
        out.write("/* Made by tools/pages/help.py from tools/pages/table.py. */\n#include <stddef.h>\n\n#include \"help.h\"\n\n"
                  "const struct help_page help_pages[] = {\n")
        for name, text in pages().items():
            out.write(f'\t{{ "{name}",\n{quoted(text)} }},\n')
        out.write("\t{ NULL, NULL },\n};\n")


if __name__ == "__main__":
    main()
