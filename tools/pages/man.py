# SPDX-License-Identifier: MIT
"""
Writes the manual pages (mdoc) into a folder: sesstool(1) and a page for each verb from table.py; and a page of section 3 for each
public header, made from the header itself, with a link for each function.  usage: man.py HEADERS OUT
"""
import os
import pathlib
import re
import sys
import textwrap

sys.dont_write_bytecode = True  # the source folder may be another's
import headers  # noqa: E402
import table  # noqa: E402

DATE = "November 25, 2026"


def text_lines(text):
    """Running text: a sentence begins a line, no line is long, none is taken for a macro, functions are marked as such."""
    text = re.sub(r"\s+", " ", text.strip()).replace("\\", "\\e").replace("\u00a7", "\\(sc")
    for sentence in re.split(r"(?<=[^\s.][.?!]) (?![a-z])|(?<=\)[.?!]) (?![a-z])", text):
        yield from marked(sentence)


def marked(sentence):
    """Wrapped, with each function name on a macro line of its own."""
    pending = []
    for word in sentence.split(" "):
        match = re.fullmatch(r"(\(?)([a-z]\w+)\(\)(\S*)", word)
        if match is None:
            pending.append(word)
            continue
        yield from wrapped(pending)
        pending = []
        opening, name, rest = match.groups()
        rest = " " + " ".join(rest) if re.fullmatch(r"[.,;:)]+", rest) else f" Ns {rest}" if rest else ""
        yield f".Pf ( Fn {name}{rest}" if opening else f".Fn {name}{rest}"
    yield from wrapped(pending)


def wrapped(words):
    for line in textwrap.wrap(" ".join(words), 78, break_on_hyphens=False, break_long_words=False):
        yield "\\&" + line if line[0] in ".'" else line


def literal(lines):
    yield ".Bd -literal"
    for line in lines:
        line = line.expandtabs(8).rstrip().replace("\\", "\\e")
        yield "\\&" + line if line[:1] in (".", "'") else line
    yield ".Ed"


def write(folder, name, lines):
    path = folder / name
    path.write_text('.\\" SPDX-License-Identifier: MIT\n' + "\n".join(lines) + "\n")


def macro_words(text):
    """An argument of a macro, which must not be taken for one itself."""
    return text.replace("\\", "\\e").replace('"', "\\(dq")


def option_items(options):
    for option in options:
        meta = f" Ar {macro_words(option.meta)}" if option.meta else ""
        yield f".It Fl -{option.name}{meta}"
        yield from text_lines(option.text[0].upper() + option.text[1:] + ".")


def verb_section(verb, macro):
    if macro:
        yield f'.Ss "{macro_words(verb.path)}"'
        yield from text_lines(verb.summary[0].upper() + verb.summary[1:] + ".")
    if verb.text:
        yield from text_lines(verb.text)
    if verb.options:
        yield ".Bl -tag -width Ds"
        yield from option_items(sorted(verb.options, key=lambda o: o.name))
        yield ".El"


def synopsis(verb):
    yield from literal([verb.synopsis])


def verb_page(name):
    verbs = [v for v in table.VERBS if v.path.split()[0] == name]
    title = table.GROUPS.get(name, verbs[0].summary)
    yield from (f".Dd {DATE}", f".Dt SESSTOOL-{name.upper()} 1", ".Os", ".Sh NAME", f".Nm sesstool-{name}", f".Nd {title}", ".Sh SYNOPSIS")
    for verb in verbs:
        yield from synopsis(verb)
    yield ".Sh DESCRIPTION"
    if len(verbs) == 1:
        yield from text_lines(title[0].upper() + title[1:] + ".")
    for verb in verbs:
        yield from verb_section(verb, len(verbs) > 1)
    yield from text_lines("Durations are written 90s, 15m, 8h or 30d; times are RFC 3339, such as 2026-12-03T10:00:00Z, or seconds "
                          "since the epoch, and always UTC.")
    yield ".Sh EXIT STATUS"
    yield from exit_statuses()
    yield ".Sh EXAMPLES"
    yield from literal([e for v in verbs for e in v.examples])
    yield from (".Sh SEE ALSO", ".Xr sesstool 1")


def exit_statuses():
    yield ".Bl -tag -width Ds -compact"
    for status in table.EXIT:
        number, words = status.split(" ", 1)
        yield f".It {number}"
        yield words
    yield ".El"


def tool_page():
    yield from (f".Dd {DATE}", ".Dt SESSTOOL 1", ".Os", ".Sh NAME", ".Nm sesstool",
                ".Nd issue, inspect, verify and explain session tokens", ".Sh SYNOPSIS", ".Nm", ".Ar verb", ".Op Ar options",
                ".Sh DESCRIPTION")
    yield from text_lines("A token comes from stdin, a file, or a pasted Cookie header. Data goes to stdout, diagnostics to stderr. A "
                          "refusal shows every rule that failed, with what was expected, what was found, and a hint. No key is ever "
                          "printed, and no token or claim is in a diagnostic. Secrets come by file or descriptor, or are asked for on "
                          "a terminal.")
    yield ".Bl -tag -width Ds"
    for name in table.verb_names():
        verb = next(v for v in table.VERBS if v.path.split()[0] == name)
        title = table.GROUPS.get(name, verb.summary)
        yield f".It Cm {name}"
        yield from text_lines(title[0].upper() + title[1:] + ".")
        yield f"See\n.Xr sesstool-{name} 1 ."
    yield from (".El", ".Sh ENVIRONMENT", ".Bl -tag -width NO_COLOR", ".It Ev NO_COLOR")
    yield from text_lines("Where it is set, and not empty, nothing is coloured. Only a terminal gets colour at all, and colour never "
                          "says what words do not.")
    yield from (".El", ".Sh EXIT STATUS")
    yield from exit_statuses()
    yield ".Sh EXAMPLES"
    yield from literal(["sesstool key new ring.jwks", "sesstool mint --ring ring.jwks --sub alice >token",
                        "sesstool verify --ring ring.jwks token"])
    yield ".Sh SEE ALSO"
    names = sorted(f"sesstool-{n}" for n in table.verb_names())
    for name in names:
        yield f".Xr {name} 1 ,"
    yield ".Xr sess_manager 3 ,\n.Xr sess_session 3"
    yield ".Sh STANDARDS"
    yield from text_lines("RFC 7515, RFC 7516, RFC 7517, RFC 7518, RFC 7519, RFC 8037, RFC 8725.")


def body(text):
    """A comment: paragraphs as text, what is indented as it stands."""
    for number, paragraph in enumerate(text.split("\n\n")):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        if not lines:
            continue
        flat = [line for line in lines if not line.startswith("  ")]
        is_literal = len(flat) < len(lines) and len(lines) - len(flat) >= len(flat) - 1
        yield from [".Pp"] if number and not (is_literal and lines[0] not in flat) else []
        if is_literal:
            head = list(text_lines(" ".join(flat[:1]))) if lines[0] in flat else []
            yield from head
            yield from literal([line for line in lines if line not in flat[:1]])
        else:
            yield from text_lines(" ".join(lines))


def prototype(function):
    yield f".Ft {macro_words(function.returns)}"
    yield f".Fo {function.name}"
    for argument in function.arguments:
        yield f'.Fa "{macro_words(argument)}"'
    yield ".Fc"


def header_page(header, names):
    functions = [f for block in header.blocks for f in block.functions]
    listed = [f.name for f in functions] or [header.page]
    yield from (f".Dd {DATE}", f".Dt {header.page.upper()} 3", ".Os", ".Sh NAME")
    yield from [f".Nm {n} ," for n in listed[:-1]] + [f".Nm {listed[-1]}", f".Nd {header.summary}"]
    yield from (".Sh LIBRARY", "libsess (libsess, -lsess)", ".Sh SYNOPSIS", f".In sess/{header.name}.h")
    for function in functions:
        yield from prototype(function)
    yield ".Sh DESCRIPTION"
    yield from body(header.description)
    for block in header.blocks:
        if not block.text and not block.functions:
            continue
        title = " , ".join(f.name for f in block.functions) or block.title
        if title:
            yield f'.Ss "{title}"'
        if not block.functions and block.code:
            yield from literal(block.code)
        if block.text:
            yield from body(block.text)
    if any(f.returns == "int" for f in functions):
        yield ".Sh RETURN VALUES"
        yield from text_lines("Where an error is named, 0 is success and a negative code is the error; what a function gives out is then "
                              "untouched, and a sess_diag that was given says what was wrong and what to do.")
        yield "See\n.Xr sess_error 3 ."
    others = [n for n in sorted(names) if n != header.page]
    yield ".Sh SEE ALSO"
    yield from [f".Xr {n} 3 ," for n in others[:-1]] + [f".Xr {others[-1]} 3"]


def main():
    include, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    if "MESON_INSTALL_DESTDIR_PREFIX" in os.environ:
        out = pathlib.Path(os.environ["MESON_INSTALL_DESTDIR_PREFIX"]) / out
    one, three = out / "man1", out / "man3"
    one.mkdir(parents=True, exist_ok=True)
    three.mkdir(parents=True, exist_ok=True)
    if sys.argv[3:4] != ["--library-only"]:
        write(one, "sesstool.1", tool_page())
        for name in table.verb_names():
            write(one, f"sesstool-{name}.1", verb_page(name))
    found = headers.read(include)
    names = [h.page for h in found]
    for header in found:
        write(three, f"{header.page}.3", header_page(header, names))
        for function in (f for block in header.blocks for f in block.functions):
            (three / f"{function.name}.3").write_text(f".so man3/{header.page}.3\n") if function.name not in names else None


if __name__ == "__main__":
    main()
