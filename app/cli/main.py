"""The command line: which command, which profile, which exit code.

0 done, 1 failed (the line on stderr says why), 2 wrong use: a bad argument or a missing file.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from typing import NoReturn

from app.cli import (
    adapters,
    bench,
    cases,
    chats,
    dataset,
    documents,
    finetune,
    help,
    index_place,
    library,
    machine,
    models,
    why,
)
from app.cli.output import complain
from app.core import log, paths
from app.core.errors import BadInput, LoamError, NotFound, SettingRejected

_SAMPLE_QUESTIONS = "sample_questions.json"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"loam: {message}\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(
        prog="loam",
        description="Local language models in a window. With no command, the window opens.",
    )
    top.add_argument("--profile", metavar="DIR", help="the folder of your data")
    top.add_argument("--version", action="version", version=f"loam {machine.version_of('loam')}")
    commands = top.add_subparsers(
        dest="command", metavar="COMMAND", parser_class=_Parser, required=True
    )
    groups = (
        *(documents, chats, library, dataset, machine, models, finetune, adapters),
        *(index_place, why, cases, help, bench),
    )
    for group in groups:
        group.add_parsers(commands)
    return top


def run_demo(profile: str | None) -> int:
    """Without a screen: answer a question about the sample documents, with citations."""
    samples = paths.resources() / "samples"
    listed = json.loads((paths.resources() / _SAMPLE_QUESTIONS).read_text(encoding="utf-8"))
    first = listed["questions"][0]
    print("There is no screen, so here is an answer from the sample documents in the terminal.")
    print(f"\nQuestion: {first['question']}\n", flush=True)
    chosen = ["--profile", profile] if profile else []
    documents_of_samples = sorted(str(p) for p in samples.iterdir())
    return run([*chosen, "ask", first["question"], "--docs", *documents_of_samples])


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments. '--json' may stand behind the action as well: 'collections list --json'."""
    top = parser()
    args, left = top.parse_known_args(arguments)
    if left and set(left) == {"--json"} and hasattr(args, "json"):
        args.json = True
    elif left:
        top.error(f"unrecognized arguments: {' '.join(left)}")
    return args


def run(arguments: Sequence[str]) -> int:
    """Run a command; gives the exit code."""
    try:
        args = _parsed(arguments)
        profile = paths.profile(args.profile).create()
        log.start(profile.logs, "terminal")
        return int(args.run(args, profile))
    except (BadInput, NotFound, SettingRejected) as error:
        complain(error)
        return 2
    except LoamError as error:
        complain(error)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except OSError as error:
        complain(LoamError(repr(error)) if not error.filename else BadInput(problem=str(error)))
        return 1
