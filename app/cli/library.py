"""`collections`: the document library that the window shows."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import getpass
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.cli.output import Watcher, one_line, print_json
from app.core.errors import BadInput
from app.core.messages import FilesRemoved, Indexed, WatchChanged
from app.core.paths import Profile, existing
from app.core.types import Collection, DocumentFile
from app.services.assemble import build
from app.services.library import LibraryService


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    parser = commands.add_parser("collections", help="list, fill and empty document collections")
    parser.add_argument("--json", action="store_true")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="all collections")
    for name, meaning in (
        ("create", "a new collection"),
        ("delete", "a collection; your files stay where they are"),
        ("files", "what a collection holds, and the state of each file"),
    ):
        actions.add_parser(name, help=meaning).add_argument("name")
    rename = actions.add_parser("rename", help="give a collection another name")
    rename.add_argument("name")
    rename.add_argument("new_name")
    for name, meaning in (
        ("add", "read files and folders into a collection"),
        ("remove", "take files out of a collection; they stay where they are"),
    ):
        paths = actions.add_parser(name, help=meaning)
        paths.add_argument("name")
        paths.add_argument("paths", nargs="+", metavar="PATH")
    again = actions.add_parser("read", help="read files again, changed or not")
    again.add_argument("name")
    again.add_argument("paths", nargs="+", metavar="PATH")
    again.add_argument("--password", action="store_true", help="ask for the files' password")
    watch = actions.add_parser("watch", help="keep a collection in step with a folder")
    unwatch = actions.add_parser("unwatch", help="follow a folder no longer; its files stay")
    for parser_ in (watch, unwatch):
        parser_.add_argument("name")
        parser_.add_argument("folder")
    unwatch.add_argument("--remove", action="store_true", help="take its files out as well")
    actions.add_parser("watched", help="all watched folders")
    actions.add_parser("resume", help="read what a stopped run left unread, in all collections")
    actions.add_parser("follow", help="follow the watched folders until stopped (Ctrl+C)")
    for name, meaning in (
        ("exclude", "keep files but leave them out of searches"),
        ("include", "search files again that were left out"),
    ):
        kept = actions.add_parser(name, help=meaning)
        kept.add_argument("name")
        kept.add_argument("paths", nargs="+", metavar="PATH")
    pages = actions.add_parser("pages", help="a file's pages as a PDF, as it looks")
    pages.add_argument("name")
    pages.add_argument("paths", nargs=1, metavar="PATH")
    pages.add_argument("pdf", metavar="OUT.pdf")
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
        elif args.action == "resume":
            show_run(library.resume(), args.json)
        elif args.action == "watched":
            _watched(library, args.json)
        elif args.action == "follow":
            _show_following(library.follow(), args.json)
        elif args.action == "watch":
            # What is there is read now; later changes are followed by the window, or by 'follow'.
            library.watch(library.named(args.name).id, str(existing(args.folder)))
            _show_following(library.follow(once=True), args.json)
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
    collection = library.named(args.name)
    show_run(_telling_of_nothing(library.add(collection.id, paths), args.paths), args.json)


def _telling_of_nothing(events: Iterator[object], paths: Sequence[str]) -> Iterator[object]:
    for event in events:
        if isinstance(event, Indexed) and event.nothing:
            Watcher().say(f"Nothing that Loam can read was found in {', '.join(paths)}.")
        yield event


def show_run(events: Iterator[object], as_json: bool) -> None:
    """Progress of an indexing run, and what came of it."""
    watch = Watcher(as_json)
    for event in events:
        watch.see(event)
        if isinstance(event, Indexed):
            watch.clear()
            if as_json:
                print_json(dataclasses.asdict(event))
            else:
                print(f"{event.ready} read, {event.unchanged} unchanged, {event.failed} failed")


def _show_following(events: Iterator[object], as_json: bool) -> None:
    """A line for each thing that happened in watched folders."""
    watch = Watcher(as_json)
    for event in events:
        watch.see(event)
        if not isinstance(event, (Indexed, FilesRemoved, WatchChanged)):
            continue
        watch.clear()
        if as_json:
            print_json({"event": type(event).__name__, **dataclasses.asdict(event)})
        elif isinstance(event, Indexed):
            print(f"{event.ready} read, {event.unchanged} unchanged, {event.failed} failed")
        elif isinstance(event, FilesRemoved):
            print(f"{len(event.file_ids)} removed")
        else:
            print(f"{event.folder.path}: {event.folder.state.value}")


def _watched(library: LibraryService, as_json: bool) -> None:
    names = {collection.id: collection.name for collection in library.collections()}
    for folder in library.watches():
        name = names.get(folder.collection_id, "")
        if as_json:
            print_json({**dataclasses.asdict(folder), "collection": name})
        else:
            print(f"{folder.path}  {name}, {folder.state.value}")


def _unwatch(library: LibraryService, collection: Collection, folder: str, remove: bool) -> None:
    path = str(Path.cwd() / folder)
    found = [one for one in library.watches(collection.id) if one.path == path]
    if not found:
        raise BadInput(problem=f"{collection.name} does not follow {path}.")
    library.unwatch(found[0].id, remove)


def _password(files: list[str]) -> str:
    """Typed unseen, or one line of stdin: an argument could be seen by other programs."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Password for {', '.join(Path(file).name for file in files)}: ")
    return sys.stdin.readline().rstrip("\n")


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
        library.remove(collection.id, _ids(library, collection, args.paths))
    elif args.action in ("exclude", "include"):
        ids = _ids(library, collection, args.paths)
        library.exclude(collection.id, ids, args.action == "exclude")
    elif args.action == "unwatch":
        _unwatch(library, collection, args.folder, args.remove)
    elif args.action == "pages":
        (file_id,) = _ids(library, collection, args.paths)
        shutil.copyfile(library.pages(file_id).path, args.pdf)
    elif args.action == "read":
        ids = _ids(library, collection, args.paths)
        password = _password(args.paths) if args.password else ""
        show_run(library.read_again(collection.id, ids, password), args.json)
    else:
        for file in library.files(collection.id):
            if args.json:
                print_json(dataclasses.asdict(file))
            else:
                print(_file_line(file))


def _file_line(file: DocumentFile) -> str:
    counts = [
        f"{count:,} {what}{'' if count == 1 else 's'}"
        for count, what in ((file.pages, "page"), (file.passages, "passage"))
        if count
    ]
    detail = f": {file.detail}" if file.detail else ""
    return one_line(f"{file.name}  {', '.join([*counts, file.state.value])}{detail}")


def _ids(library: LibraryService, collection: Collection, paths: Sequence[str]) -> list[int]:
    """Files of a collection by their paths, also of those gone from the disk. Errors: BadInput."""
    wanted = {str(Path.cwd() / path) for path in paths}
    files = library.files(collection.id)
    unknown = wanted - {file.path for file in files}
    if unknown:
        raise BadInput(problem=f"{min(unknown)} is not in {collection.name}.")
    return [file.id for file in files if file.path in wanted]
