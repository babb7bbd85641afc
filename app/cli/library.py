"""`collections`: the document library that the window shows."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from pathlib import Path

from app.cli.output import Watcher, print_json
from app.core.errors import BadInput
from app.core.messages import Indexed
from app.core.paths import Profile, existing
from app.core.types import Collection
from app.services.assemble import build
from app.services.library import LibraryService


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    parser = commands.add_parser("collections", help="list, fill and empty document collections")
    parser.add_argument("--json", action="store_true")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="all collections")
    for name in ("create", "delete", "files"):
        actions.add_parser(name).add_argument("name")
    rename = actions.add_parser("rename")
    rename.add_argument("name")
    rename.add_argument("new_name")
    for name in ("add", "remove"):
        paths = actions.add_parser(name)
        paths.add_argument("name")
        paths.add_argument("paths", nargs="+", metavar="PATH")
    parser.set_defaults(run=run_collections)


def run_collections(args: argparse.Namespace, profile: Profile) -> int:
    """The actions of `collections`. Errors: BadInput, NotFound."""
    with contextlib.closing(build(profile)) as loam:
        library = loam.library
        if args.action == "list":
            _list(library.collections(), args.json)
        elif args.action == "create":
            library.create(args.name)
        elif args.action == "add":
            _add(library, args)
        else:
            _existing(library, args)
    return 0


def _list(collections: list[Collection], as_json: bool) -> None:
    for collection in collections:
        if as_json:
            print_json(dataclasses.asdict(collection))
        else:
            print(
                f"{collection.name}: {collection.ready} of {collection.files} files ready, "
                f"{collection.passages:,} passages"
            )


def _add(library: LibraryService, args: argparse.Namespace) -> None:
    paths = [str(existing(path)) for path in args.paths]
    watch = Watcher(args.json)
    collection = library.named(args.name)
    for event in library.add(collection.id, paths):
        watch.see(event)
        if isinstance(event, Indexed):
            watch.clear()
            if args.json:
                print_json(dataclasses.asdict(event))
            else:
                print(f"{event.ready} read, {event.unchanged} unchanged, {event.failed} failed")


def _existing(library: LibraryService, args: argparse.Namespace) -> None:
    found = [c for c in library.collections() if c.name == args.name]
    if not found:
        raise BadInput(problem=f"There is no collection {args.name}.")
    collection = found[0]
    if args.action == "delete":
        library.delete(collection.id)
    elif args.action == "rename":
        library.rename(collection.id, args.new_name)
    elif args.action == "remove":
        # A file that is gone from the disk can be taken out all the same.
        wanted = {str(Path.cwd() / p) for p in args.paths}
        files = library.files(collection.id)
        unknown = wanted - {f.path for f in files}
        if unknown:
            raise BadInput(problem=f"{min(unknown)} is not in {args.name}.")
        library.remove(collection.id, [f.id for f in files if f.path in wanted])
    else:
        for file in library.files(collection.id):
            if args.json:
                print_json(dataclasses.asdict(file))
            else:
                detail = f": {file.detail}" if file.detail else ""
                print(
                    f"{file.name}  {file.pages} pages, {file.passages} passages, "
                    f"{file.state.value}{detail}"
                )
