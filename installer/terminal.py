"""What a terminal is told of Loam's commands, from the commands themselves: the list in the manual
page, and the words that bash completes.

    python installer/terminal.py completion
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.cli.main import parser

_COMPLETION = """\
# bash completion for loam: commands and options; files where neither fits.
_loam()
{
    local current=${COMP_WORDS[COMP_CWORD]} place= word words=
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$place/$word" in
            @PLACES@) place="$place/$word" ;;
        esac
    done
    case "$place" in
@WORDS@
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -o bashdefault -F _loam loam
"""


def commands(of: argparse.ArgumentParser) -> dict[str, tuple[str, argparse.ArgumentParser]]:
    """Names of the commands directly below a parser, with one line each."""
    found = {}
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            told = {each.dest: each.help or "" for each in action._choices_actions}
            found |= {name: (told.get(name, ""), below) for name, below in action.choices.items()}
    return found


def manual() -> str:
    """The part COMMANDS of the manual page, in man's language."""
    lines = []
    for name, (told, below) in commands(parser()).items():
        words = ", ".join(commands(below))
        lines += [".TP", f".B {_escaped(name)}", _sentence(told)]
        lines += [f"({_escaped(words)})"] if words else []
    return "\n".join(lines)


def completion() -> str:
    """A file for bash."""
    tree = dict(_walk(parser(), ""))
    places = " | ".join(place for place in tree if place)
    words = "\n".join(
        f'        "{place}") words="{" ".join(known)}" ;;' for place, known in tree.items()
    )
    return _COMPLETION.replace("@PLACES@", places).replace("@WORDS@", words)


def _walk(of: argparse.ArgumentParser, place: str) -> Iterator[tuple[str, list[str]]]:
    """Each command with the words that may follow it: '/models/list'."""
    below = commands(of)
    options = [
        name
        for action in of._actions
        if action.help != argparse.SUPPRESS
        for name in action.option_strings
        if name.startswith("--")
    ]
    yield place, [*below, *options]
    for name, (_, deeper) in below.items():
        yield from _walk(deeper, f"{place}/{name}")


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return _escaped(text[:1].upper() + text[1:].rstrip(".") + ".")


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    print({"completion": completion, "manual": manual}[sys.argv[1]](), end="")
    sys.exit(0)
