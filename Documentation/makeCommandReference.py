#!/usr/bin/env python3
"""Writes Commands.md from the declarations of the commands.

usage: makeCommandReference.py PROGRAM FILE           writes FILE
       makeCommandReference.py --check PROGRAM FILE   exit status 1 when FILE is not what the program declares
"""
import json
import os
import re
import subprocess
import sys
import tempfile

HEAD = """# Commands

Every command with its parameters. This page is made from the same declarations as `ferroscope COMMAND --help`, by
`Documentation/makeCommandReference.py`; do not edit it.

Names may be written in either way: `--pixel-size-nm` and `--pixelSizeNm` are the same. A parameter in capitals is given
without a name, in the order of the list.
"""


def option(name):
    """pixelSizeNm -> --pixel-size-nm, as the command line shows it."""
    return "--" + re.sub(r"[A-Z]", lambda match: "-" + match.group(0).lower(), name)


def number(value):
    return "%.10g" % value


def describe(parameter):
    """Help, choices, range, default: what the last column of the table says."""
    text = parameter.get("help", "").rstrip(".") + "."
    if parameter.get("choices"):
        text += " One of " + ", ".join("`%s`" % choice for choice in parameter["choices"]) + "."
    low, high = parameter.get("minimum"), parameter.get("maximum")
    if low is not None and high is not None:
        text += " From %s to %s." % (number(low), number(high))
    elif low is not None:
        text += " At least %s." % number(low)
    elif high is not None:
        text += " At most %s." % number(high)
    default = parameter.get("default")
    if parameter.get("required"):
        text += " **Must be given.**"
    elif default is not None and default is not False and default != "":
        text += " Default: `%s`." % (number(default) if isinstance(default, (int, float)) else default)
    return text.replace("|", "\\|")


def table(parameters):
    lines = ["| parameter | unit | meaning |", "|---|---|---|"]
    for parameter in parameters:
        name = (parameter.get("aliases") or [parameter["name"]])[0]
        shown = option(name)[2:].upper().replace("-", "_") if parameter.get("positional") else option(name)
        if parameter.get("positional") and not parameter.get("required"):
            shown = "[%s]` or `%s" % (shown, option(name))
        lines.append("| `%s` | %s | %s |" % (shown, parameter.get("unit", ""), describe(parameter)))
    return "\n".join(lines) + "\n"


def make_page(commands):
    page = HEAD + "\n" + "".join("- [%s](#%s): %s\n" % (c["name"], c["name"], c["title"]) for c in commands)
    common = {}
    for command in commands:
        page += "\n## %s\n\n%s\n" % (command["name"], command["help"])
        for example in command.get("examples", []):
            page += "\n    " + example
        page += "\n" if command.get("examples") else ""
        own = [p for p in command["parameters"] if not p.get("common")]
        common.update((p["name"], p) for p in command["parameters"] if p.get("common"))
        for title, advanced in (("", False), ("Advanced:", True)):
            chosen = [p for p in own if bool(p.get("advanced")) == advanced]
            if chosen:
                page += ("\n" + title + "\n" if title else "") + "\n" + table(chosen)
        references = command.get("references", [])
        if references:
            page += "\nReferences:\n\n" + "".join("- %s\n" % reference for reference in references)
    page += "\n## Options of every command\n\n`--image`, `--frame` and `--pixel-size-nm` belong to every command that reads an image.\n\n"
    return page + table(sorted(common.values(), key=lambda p: p["name"] not in ("imageIndex", "frame", "pixelSizeNm")))


def read_declarations(program):
    """The commands of the program itself: plugins of the user are kept out."""
    with tempfile.TemporaryDirectory() as empty:
        environment = {**os.environ, "HOME": empty, "XDG_DATA_HOME": empty}
        environment.pop("FERROSCOPE_PLUGIN_PATH", None)
        output = subprocess.run([program, "list", "--json"], env=environment, check=True, capture_output=True).stdout
    return sorted(json.loads(output), key=lambda command: command["name"])


def main(arguments):
    check = arguments[:1] == ["--check"]
    if len(arguments) != 2 + check:
        sys.exit(__doc__)
    program, file = arguments[check:]
    page = make_page(read_declarations(program))
    if not check:
        with open(file, "w", encoding="utf-8") as output:
            output.write(page)
        return
    with open(file, encoding="utf-8") as written:
        if written.read() != page:
            sys.exit("%s is not what the program declares; make it again with Documentation/makeCommandReference.py" % file)


if __name__ == "__main__":
    main(sys.argv[1:])
