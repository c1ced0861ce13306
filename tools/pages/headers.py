# SPDX-License-Identifier: MIT
"""
Reads the public headers as documents: what the head of the file says, and each comment with the declarations beneath it. Knows the
house's way of writing them, and no more of C than that.
"""
import re
from collections import namedtuple

Function = namedtuple("Function", "returns name arguments")
Block = namedtuple("Block", "text code functions title")
Header = namedtuple("Header", "name page summary description blocks")

COMMENT = re.compile(r"/\*(.*?)\*/", re.S)


def comment_text(raw):
    """A comment's words, without its stars; what is indented behind them stays so."""
    lines = [re.sub(r"^\s*\* ?", "", line.rstrip()) for line in raw.split("\n")]
    lines = [line.strip() if number == 0 else line.replace("\t", "  ") for number, line in enumerate(lines)]
    return "\n".join(lines).strip("\n").strip()


def functions_of(code):
    text = re.sub(r"/\*.*?\*/", "", "\n".join(code), flags=re.S)
    for match in re.finditer(r"SESS_API\s+(?:SESS_CHECKED\s+)?([^;{]*?)(\bsess_\w+)\s*\(([^;]*)\)\s*;", text):
        returns = re.sub(r"\s+", " ", match.group(1)).strip()
        arguments = [re.sub(r"\s+", " ", a).strip() for a in match.group(3).split(",")]
        yield Function(returns, match.group(2), arguments)


def title_of(code):
    text = "\n".join(code)
    match = re.search(r"^\}\s*(sess_\w+)\s*;|typedef [^;{]*?\b(sess_\w+)(?:\(|;)|^enum (sess_\w+)|^#define (\w+)", text, re.M)
    return next((g for g in match.groups() if g), "") if match else ""


def is_comment_block(lines):
    return lines and lines[0].startswith("/*")


def split_blocks(lines):
    """A comment at the left margin begins a block; so does a declaration after an empty line."""
    block, in_comment, in_code = [], False, False
    for line in lines:
        starts = line.startswith("/*")
        if (starts and not in_comment) or (not line.strip() and not in_comment and not in_code):
            if block:
                yield block
            block = []
        if line.strip():
            block.append(line)
        if starts or in_comment:
            in_comment = "*/" not in line
        elif line.strip():
            in_code = (in_code or line.rstrip().endswith("{")) and not line.startswith("}")
    if block:
        yield block


def read_block(lines):
    text, code = "", lines
    if is_comment_block(lines):
        end = next(i for i, line in enumerate(lines) if "*/" in line)
        raw = "\n".join(lines[:end + 1])
        text, code = comment_text(COMMENT.match(raw).group(1)), lines[end + 1:]
    return Block(text, code, list(functions_of(code)), title_of(code))


def read_header(path):
    text = path.read_text()
    comments = [m for m in COMMENT.finditer(text)][:2]
    description = comment_text(comments[1].group(1))
    rest = text[comments[1].end():]
    rest = re.sub(r"#ifdef __cplusplus\n.*?#endif\n", "", rest, flags=re.S)
    lines = [line for line in rest.split("\n") if not re.match(r"#(include|ifndef SESS_\w+_H|define SESS_\w+_H$|endif$)", line)]
    blocks = [read_block(b) for b in split_blocks(lines)]
    joined = []
    for block in blocks:
        # A macro that begins what a function's options are (…_INIT) goes with the type above it.
        if joined and not block.text and not block.functions and joined[-1].code and block.code[0].startswith("#define"):
            joined[-1] = joined[-1]._replace(code=joined[-1].code + block.code)
        else:
            joined.append(block)
    summary = re.split(r"[.:;(]", re.sub(r"\s+", " ", description), maxsplit=1)[0].strip()
    page = "sess" if path.stem == "sess" else f"sess_{path.stem}"
    return Header(path.stem, page, summary[0].lower() + summary[1:], description, joined)


def read(include):
    return [read_header(p) for p in sorted((include / "sess").glob("*.h"))]
