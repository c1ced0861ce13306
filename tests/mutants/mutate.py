# SPDX-License-Identifier: MIT
"""Where a C file can be changed so that it means something else: conditions, constants, returns. Reads the house's own style (a
function's body lies between braces in the first column); knows nothing of builds and tests."""
import hashlib
import re
from dataclasses import dataclass

TOKEN = re.compile(r"""
    (?P<skip>/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<number>\b(?:0[xX][0-9a-fA-F]+|\d+)(?:[uUlL]*)\b(?!\.))
  | (?P<word>[A-Za-z_]\w*)
  | (?P<op><<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^!~<>=?:;,.(){}\[\]])
""", re.X | re.S | re.M)

SWAP = {"==": ("!=",), "!=": ("==",), "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
        "&&": ("||",), "||": ("&&",), "+": ("-",), "-": ("+",)}
TYPES = re.compile(r"^\s*(?:static\s+|const\s+|struct\s+|enum\s+|unsigned\s+)*[A-Za-z_]\w*(?:\s+|\s*\*+\s*)[A-Za-z_]\w*\s*(?:=|,|;|\[)")


@dataclass(frozen=True)
class Mutant:
    file: str
    kind: str
    line: int
    start: int
    end: int
    text: str

    def apply(self, source):
        return source[:self.start] + self.text + source[self.end:]

    def rank(self, seed, source):
        """A number as good as random, of the seed, the file and the change in its line."""
        was, now = self.lines(source)
        return hashlib.sha256(f"{seed} {self.file} {was} {now}".encode()).digest()

    def lines(self, source):
        """The line, or lines, before and after, with single spaces."""
        first = source.rfind("\n", 0, self.start) + 1
        last = source.find("\n", self.end)
        changed = source[first:self.start] + self.text + source[self.end:last]
        return " ".join(source[first:last].split()), " ".join(changed.split())


def bodies(source):
    """(start, end) of each function's body."""
    for m in re.finditer(r"^\{\n(.*?)^\}\n", source, re.M | re.S):
        yield m.start(1), m.end(1)


def matching(tokens, i):
    """The index of the parenthesis that closes the one at i."""
    depth = 0
    for j in range(i, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[j].group(), 0)
        if depth == 0:
            return j
    raise ValueError("a parenthesis is not closed")


def is_binary(tokens, i):
    before = tokens[i - 1]
    return before.lastgroup in ("number", "word") and before.group() != "return" or before.group() in (")", "]")


def is_array_size(source, tokens, i):
    """Within the brackets of a declaration: sizes are judged by the sanitizers, for a test sees none."""
    line = source[source.rfind("\n", 0, tokens[i].start()) + 1:source.find("\n", tokens[i].start())]
    while i > 0 and tokens[i].group() not in ("[", "]", ";", "{", "="):
        i -= 1
    return tokens[i].group() == "[" and TYPES.match(line) is not None and tokens[i - 1].lastgroup == "word" and \
        tokens[i - 2].group() not in ("return", "=", "(")


def is_dead_start(source, body, tokens, i):
    """A number that a declaration gives to a variable whose address is taken later, or to the members of a whole."""
    line = source[source.rfind("\n", 0, tokens[i].start()) + 1:source.find("\n", tokens[i].start())]
    if "{ 0" in line or "{ { 0" in line:
        return True
    if not TYPES.match(line):
        return False
    return tokens[i - 1].group() == "=" and re.search(rf"&{tokens[i - 2].group()}\b", source[body[0]:body[1]]) is not None


def other_number(text):
    digits = text.rstrip("uUlL")
    value = int(digits, 8 if re.fullmatch("0[0-7]+", digits) else 0)
    return "0" if value == 1 else str(value + 1)


def of_body(file, source, body):
    tokens = [t for t in TOKEN.finditer(source, *body) if t.lastgroup != "skip"]

    def mutant(kind, start, end, text):
        return Mutant(file, kind, source.count("\n", 0, start) + 1, start, end, text)

    for i, t in enumerate(tokens):
        word = t.group()
        if is_array_size(source, tokens, i):
            continue
        if word in SWAP and i > 0 and is_binary(tokens, i):
            for other in SWAP[word]:
                yield mutant("condition" if word not in "+-" else "constant", t.start(), t.end(), other)
        elif t.lastgroup == "number" and not is_dead_start(source, body, tokens, i):
            yield mutant("constant", t.start(), t.end(), other_number(word))
        elif word == "if":
            close = matching(tokens, i + 1)
            start, end = tokens[i + 1].end(), tokens[close].start()
            after = [t.group() for t in tokens[close + 1:close + 7]]
            # `if ((rc = f()) != 0) return rc; return 0;` is the same as `return rc`.
            for value in "0" if after == ["return", "rc", ";", "return", "0", ";"] else "01":
                yield mutant("condition", start, end, f"(({source[start:end]}), {value})")
        elif word == "return":
            end = next(j for j in range(i, len(tokens)) if tokens[j].group() == ";")
            start, end = tokens[i + 1].start(), tokens[end].start()
            value = source[start:end]
            if value and value != "NULL":
                yield mutant("return", start, end, "1" if value == "0" else "0")


def of_file(file, source):
    for body in bodies(source):
        yield from of_body(file, source, body)
