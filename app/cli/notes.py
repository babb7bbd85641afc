"""`documents paste`: a text from another program becomes a document of a collection."""

from __future__ import annotations

import argparse
import contextlib
import sys

from app.cli.library import show_run
from app.core.errors import BadInput
from app.core.paths import Profile
from app.services.assemble import build
from app.services.notes import suggested_title

_COLLECTION = "My documents"


def add_parser(groups: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    paste = groups.add_parser("paste", help="keep the text of standard input as a document")
    paste.add_argument("--title", default="", help="else the first line")
    paste.add_argument("--collection", default=_COLLECTION, metavar="NAME")
    paste.add_argument("--json", action="store_true", help="one JSON object")
    paste.set_defaults(run=run_paste)


def run_paste(args: argparse.Namespace, profile: Profile) -> int:
    """Keep what is piped. Errors: BadInput, of the library."""
    if sys.stdin.isatty():
        raise BadInput(problem="Pipe the text: documents paste --title T < notes.txt")
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    title = args.title or suggested_title(text)
    with contextlib.closing(build(profile)) as loam:
        collection = loam.library.named(args.collection)
        show_run(loam.notes.add_text(collection.id, title, text), args.json)
    return 0
