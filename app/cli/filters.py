"""Which documents a question is about: `--file`, `--folder`, `--type`, `--since`,
`--before`, `--until`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from fnmatch import fnmatch
from pathlib import Path

from app.core.errors import BadInput
from app.core.types import DocumentFile, SearchFilter
from app.services.library import LibraryService


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare them; `add_arguments` of two parsers are alike."""
    about = parser.add_argument_group("only some of the documents")
    for names, dest, metavar, told in (
        (("--file",), "files", "NAME", "a name, a path, or several as *.pdf"),
        (("--folder", "--in"), "folders", "FOLDER", "what is below it"),
        (("--type", "--kind"), "kinds", "TYPE", "such as pdf, docx"),
    ):
        # One each time, so that a question may follow; several by saying it again.
        about.add_argument(
            *names, dest=dest, action="append", metavar=metavar, default=[], help=told
        )
    for names, place, read, told in (
        (("--since", "--after"), "after", day, "changed on this day or later"),
        (("--before",), "before", day, "changed before this day"),
        (("--until",), "before", day_after, "changed on this day or before"),
    ):
        about.add_argument(
            *names, dest=place, type=read, metavar="YYYY-MM-DD", default=0.0, help=told
        )


def given(
    args: argparse.Namespace, library: LibraryService, collections: Sequence[int]
) -> SearchFilter:
    """The filter that the arguments ask for. Errors: BadInput when it would allow no document."""
    only = SearchFilter(
        folders=tuple(str(Path(folder).absolute()) for folder in args.folders),
        after=args.after,
        before=args.before,
    )
    if not (args.files or args.kinds):
        return only
    files = [file for one in collections for file in library.files(one)]
    ids: set[int] = set()
    for wanted in args.files:
        found = {file.id for file in files if _is_called(file, wanted)}
        if not found:
            raise BadInput(problem=f"There is no {wanted} among the documents.")
        ids |= found
    kinds: set[str] = set()
    for wanted in args.kinds:
        kinds |= _kinds_of(wanted, files)
    return SearchFilter(
        files=tuple(sorted(ids)),
        folders=only.folders,
        kinds=tuple(sorted(kinds)),
        after=only.after,
        before=only.before,
    )


def day(text: str) -> float:
    """Midnight of a day, local time."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").astimezone().timestamp()
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a day like 2026-01-31: {text}") from None


def day_after(text: str) -> float:
    """Midnight after a day, local time: the day itself still counts."""
    first = datetime.fromtimestamp(day(text)).astimezone()
    return datetime.combine(first.date() + timedelta(days=1), time()).astimezone().timestamp()


def _is_called(file: DocumentFile, wanted: str) -> bool:
    path = str(Path(wanted).absolute())
    return file.path == path or fnmatch(file.name.casefold(), wanted.casefold())


def _kinds_of(wanted: str, files: Sequence[DocumentFile]) -> set[str]:
    """Kinds by their own word or by the ending of a file's name."""
    word = wanted.casefold().lstrip(".")
    known = {file.kind for file in files if word in (file.kind, Path(file.path).suffix[1:].lower())}
    if not known:
        there = ", ".join(sorted({file.kind for file in files}))
        raise BadInput(problem=f"There are no {wanted} files among the documents, only {there}.")
    return known
