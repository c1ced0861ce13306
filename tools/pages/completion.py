# SPDX-License-Identifier: MIT
"""Writes the completion of sesstool for one shell, from table.py: verbs, their words, options, and the words of options."""
import sys

sys.dont_write_bytecode = True  # the source folder may be another's
import table  # noqa: E402

FILES = {"FILE", "RING", "URI"}


def subverbs():
    """{"key": ["new", ...], "cookie": [...]}"""
    found = {}
    for verb in table.VERBS:
        words = verb.path.split()
        if len(words) == 2:
            found.setdefault(words[0], []).append(words[1])
    return found


def kind(option):
    return "files" if option.meta in FILES else "none"


def bash():
    takes = {o.name: o for v in table.VERBS for o in v.options if o.meta}
    yield "# bash completion for sesstool; made by tools/pages/completion.py"
    yield "_sesstool()\n{"
    yield '\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} first=2 words='
    yield "\tif [ \"$COMP_CWORD\" -eq 1 ]; then"
    yield f"\t\tmapfile -t COMPREPLY < <(compgen -W '{' '.join(table.verb_names())} help --version' -- \"$cur\")\n\t\treturn\n\tfi"
    yield "\tcase $verb in"
    for name, words in subverbs().items():
        yield f"\t{name})\n\t\tif [ \"$COMP_CWORD\" -eq 2 ]; then"
        yield f"\t\t\tmapfile -t COMPREPLY < <(compgen -W '{' '.join(words)}' -- \"$cur\")\n\t\t\treturn\n\t\tfi"
        yield "\t\tverb=\"$verb ${COMP_WORDS[2]}\" first=3\n\t\t;;"
    yield f"\thelp)\n\t\tmapfile -t COMPREPLY < <(compgen -W '{' '.join(table.verb_names() + list(table.TOPICS))}' -- \"$cur\")"
    yield "\t\treturn\n\t\t;;\n\tesac"
    yield "\tif [ \"$COMP_CWORD\" -gt \"$first\" ]; then\n\t\tcase $prev in"
    for name, option in takes.items():
        words = table.words_of(option.meta)
        if words:
            yield f"\t\t--{name}) words='{' '.join(words)}' ;;"
    files = " | ".join(f"--{n}" for n, o in takes.items() if kind(o) == "files")
    others = " | ".join(f"--{n}" for n, o in takes.items() if kind(o) == "none" and not table.words_of(o.meta))
    yield f"\t\t{files})\n\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n\t\t\treturn\n\t\t\t;;"
    yield f"\t\t{others}) return ;;\n\t\tesac\n\tfi"
    yield "\tif [ -z \"$words\" ]; then\n\t\tcase $verb in"
    for verb in table.VERBS:
        yield f"\t\t'{verb.path}') words='{' '.join('--' + o.name for o in verb.options)} --help' ;;"
    yield "\t\tesac\n\t\tcase $cur in\n\t\t-*) ;;\n\t\t*)\n\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n\t\t\treturn\n\t\t\t;;\n\t\tesac\n\tfi"
    yield "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}"
    yield "complete -o filenames -F _sesstool sesstool"


def quoted(text):
    return text.replace("'", "'\\''")


def zsh_option(option):
    text = quoted(option.text).replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    star = "*" if "repeatable" in option.text else ""
    words = table.words_of(option.meta)
    action = f"({' '.join(words)})" if words else "_files" if kind(option) == "files" else " "
    return f"'{star}--{option.name}[{text}]" + (f":{option.meta.split('|')[0].lower()}:{action}'" if option.meta else "'")


def zsh():
    yield "#compdef sesstool\n# zsh completion for sesstool; made by tools/pages/completion.py"
    yield "_sesstool()\n{\n\tlocal verb=$words[2] cut=1\n\tif (( CURRENT == 2 )); then\n\t\tlocal -a verbs=("
    for name in table.verb_names():
        verb = next(v for v in table.VERBS if v.path.split()[0] == name)
        yield f"\t\t\t'{name}:{quoted(table.GROUPS.get(name, verb.summary)).replace(':', chr(92) + ':')}'"
    yield "\t\t\t'help:the options of a verb'\n\t\t)\n\t\t_describe verb verbs\n\t\treturn\n\tfi\n\tcase $verb in"
    for name, words in subverbs().items():
        yield f"\t{name})\n\t\tif (( CURRENT == 3 )); then\n\t\t\tlocal -a names=("
        for word in words:
            verb = next(v for v in table.VERBS if v.path == f"{name} {word}")
            yield f"\t\t\t\t'{word}:{quoted(verb.summary).replace(':', chr(92) + ':')}'"
        yield "\t\t\t)\n\t\t\t_describe word names\n\t\t\treturn\n\t\tfi\n\t\tverb=\"$verb $words[3]\" cut=2\n\t\t;;"
    yield f"\thelp)\n\t\tcompadd {' '.join(table.verb_names() + list(table.TOPICS))}\n\t\treturn\n\t\t;;\n\tesac"
    yield "\tshift $cut words\n\t(( CURRENT -= cut ))\n\tcase $verb in"
    for verb in table.VERBS:
        yield f"\t'{verb.path}')\n\t\t_arguments \\"
        for option in verb.options:
            yield f"\t\t\t{zsh_option(option)} \\"
        yield "\t\t\t'--help[its help page]' '*:file:_files'\n\t\t;;"
    yield "\tesac\n}\nif [ \"$funcstack[1]\" = _sesstool ]; then\n\t_sesstool \"$@\"\nelse\n\tcompdef _sesstool sesstool\nfi"


def escaped(text):
    return text.replace("'", "\\'")


def fish():
    yield "# fish completion for sesstool; made by tools/pages/completion.py"
    yield "function __sesstool_at\n\tset -l words (commandline -opc)\n\tset -l last (math 1 + (count $argv))"
    yield "\ttest (count $words) -ge $last\n\tand test \"$words[2..$last]\" = \"$argv\"\nend"
    yield "function __sesstool_next\n\tset -l words (commandline -opc)\n\ttest (count $words) -eq (math 1 + (count $argv))"
    yield "\tand begin\n\t\ttest (count $argv) -eq 0\n\t\tor test \"$words[2..-1]\" = \"$argv\"\n\tend\nend"
    yield "complete -c sesstool -n '__sesstool_next' -f"
    for name in [*table.verb_names(), "help"]:
        verb = next((v for v in table.VERBS if v.path.split()[0] == name), None)
        text = "the options of a verb" if verb is None else table.GROUPS.get(name, verb.summary)
        yield f"complete -c sesstool -n '__sesstool_next' -f -a {name} -d '{escaped(text)}'"
    for name, words in subverbs().items():
        for word in words:
            verb = next(v for v in table.VERBS if v.path == f"{name} {word}")
            yield f"complete -c sesstool -n '__sesstool_next {name}' -f -a {word} -d '{escaped(verb.summary)}'"
    yield f"complete -c sesstool -n '__sesstool_next help' -f -a '{' '.join(table.verb_names() + list(table.TOPICS))}'"
    for verb in table.VERBS:
        for option in verb.options:
            words = table.words_of(option.meta)
            how = f" -x -a '{' '.join(words)}'" if words else " -r -F" if kind(option) == "files" else " -x" if option.meta else ""
            yield f"complete -c sesstool -n '__sesstool_at {verb.path}' -l {option.name}{how} -d '{escaped(option.text)}'"


def main():
    with open(sys.argv[2], "w", encoding="ascii") as out:
        for text in {"bash": bash, "zsh": zsh, "fish": fish}[sys.argv[1]]():
            out.write(text + "\n")


if __name__ == "__main__":
    main()
