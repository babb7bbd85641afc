"""`dataset`: rows to learn from, as the Fine-tune page has them."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

from app.cli import dataset_rows as rows
from app.cli import dataset_sources as sources
from app.cli.dataset_output import SHOWN_REJECTED, chosen, last, say_rejected
from app.cli.output import Watcher, print_json
from app.core.errors import BadInput
from app.core.paths import Profile, existing_file
from app.services.dataset import counting, detection
from app.services.dataset.checks.length import Count
from app.services.dataset.service import DatasetService
from app.services.dataset.types import (
    Checked,
    Exported,
    Filter,
    Imported,
    Kind,
    Split,
    SplitMade,
    State,
)


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    dataset = commands.add_parser("dataset", help="import, review, check, split, export rows")
    actions = dataset.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, about: str, run: _Run, chosen: bool = True) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=about)
        added.add_argument("--json", action="store_true")
        if chosen:
            added.add_argument("--name", metavar="N", help="the dataset; not needed with only one")
        added.set_defaults(run=run_dataset, act=run)
        return added

    formats = ", ".join(detection.formats())
    read = action("import", "read a file into a dataset", _import, chosen=False)
    read.add_argument("file")
    read.add_argument("--name", required=True, metavar="N", help="made when there is none")
    read.add_argument("--format", default="", metavar="F", help=f"{formats}; else it is found")
    read.add_argument("--map", default="", metavar="question=col1,answer=col2")
    action("list", "all datasets", _list, chosen=False)
    show = action("show", "rows, or one of them", rows.show)
    show.add_argument("ids", nargs="*", type=int, metavar="ID")
    show.add_argument("--search", default="", metavar="WORDS")
    show.add_argument("--state", choices=[s.value for s in State])
    show.add_argument("--split", choices=[s.value for s in Split if s])
    show.add_argument("--label")
    show.add_argument("--finding", choices=[k.value for k in Kind])
    show.add_argument("--offset", type=int, default=0, metavar="N")
    show.add_argument("--limit", type=int, default=20, metavar="N")
    check = action("check", "duplicates, personal data, length, empty answers, balance", _check)
    check.add_argument("--context", type=int, default=0, metavar="TOKENS")
    check.add_argument("--model", metavar="FILE", help="whose tokens are counted for --context")
    split = action("split", "hold rows out for validation", _split)
    split.add_argument("--seed", type=int, default=0, metavar="N")
    split.add_argument("--fraction", type=float, default=0.1, metavar="F")
    split.add_argument("--within", action="store_true", help="documents may be parted")
    export = action("export", "write rows to a file", _export)
    export.add_argument("file")
    export.add_argument("--format", required=True, metavar="F", help=formats)
    export.add_argument("--split", choices=[s.value for s in Split if s])
    collect = action(
        "collect", "add answers rated up or rewritten, or chats", sources.collect, False
    )
    collect.add_argument("chat", nargs="*", type=int, help="chats to add whole")
    collect.add_argument("--chats", action="store_true", help="rated and rewritten answers of all")
    collect.add_argument("--name", required=True, metavar="N", help="made when there is none")
    write = action("generate", "let a model write rows about documents", sources.generate, False)
    write.add_argument("--collection", required=True, metavar="C")
    write.add_argument("--count", type=int, default=20, metavar="N")
    write.add_argument("--model", metavar="FILE", help="a GGUF file; else the model of new chats")
    write.add_argument("--name", required=True, metavar="N", help="made when there is none")
    for name in ("accept", "reject"):
        action(name, f"{name} rows", rows.decide, chosen=False).add_argument(
            "ids", nargs="+", type=int, metavar="ID"
        )
    added = action("add", "a row written by hand", rows.add, chosen=False)
    added.add_argument("--name", required=True, metavar="N", help="made when there is none")
    edit = action("edit", "change the last exchange, the text or the label", rows.edit, False)
    edit.add_argument("id", type=int)
    for one in (added, edit):
        for part in ("question", "answer", "text"):
            one.add_argument(f"--{part}")
    added.add_argument("--system")
    added.add_argument("--label", default="")
    edit.add_argument("--label")
    label = action("label", "give rows a label ('' takes it away)", rows.label, False)
    label.add_argument("label")
    remove = action("remove", "delete rows; undo brings them back", rows.remove, False)
    for one in (label, remove):
        one.add_argument("ids", nargs="+", type=int, metavar="ID")
    rename = action("rename", "give a dataset another name", rows.rename)
    rename.add_argument("new_name", metavar="NEW_NAME")
    for name in ("undo", "redo", "delete"):
        action(name, f"{name} the last change" if name != "delete" else "a dataset", rows.step)


_Run = Callable[[argparse.Namespace, DatasetService, Profile, Watcher], None]


def run_dataset(args: argparse.Namespace, profile: Profile) -> int:
    """The actions of `dataset`. Errors: BadInput, NotFound, StoreError, OSError."""
    with contextlib.closing(DatasetService(profile)) as service:
        watch = Watcher(args.json)
        for problem in service.problems:
            watch.say(str(problem))
        args.act(args, service, profile, watch)
    return 0


def _import(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    path = existing_file(args.file)
    mapping = column_mapping(args.map)
    kind = args.format or service.detect(path)
    dataset = service.named(args.name)
    events = service.import_file(dataset.id, path, kind, mapping)
    done: Imported = last(events, watch)
    if args.json:
        print_json(dataclasses.asdict(done) | {"name": dataset.name, "format": kind})
        return
    say_rejected(done.rejected, watch)
    print(f"{dataset.name}: {done.rows:,} rows added, {len(done.rejected):,} turned away ({kind})")


def column_mapping(text: str) -> dict[str, str]:
    """What --map says: the column of each part. Errors: BadInput."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not (part.strip() and column.strip()) for part, _, column in pairs):
        raise BadInput(problem="--map is written like question=column1,answer=column2.")
    return {part.strip(): column.strip() for part, _, column in pairs}


def _list(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    for dataset in service.datasets():
        if args.json:
            print_json(dataclasses.asdict(dataset))
        else:
            print(f"{dataset.name}: {dataset.rows:,} rows, {dataset.usable:,} to learn from")


def _check(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    if (args.context > 0) != bool(args.model):
        raise BadInput(problem="--context and --model belong together.")
    dataset = chosen(service, args.name)
    with _counting(args, profile) as count:
        done: Checked = last(service.check(dataset.id, count, args.context), watch)
    if args.json:
        print_json(dataclasses.asdict(done))
        return
    print(f"{dataset.name}: {done.rows:,} rows checked")
    for kind, number in done.counts.items():
        print(f"  {kind.replace('_', ' ')}: {number:,} (show --finding {kind})")
    for label, number in done.balance.labels:
        print(f"  label {label}: {number:,}")
    for warning in done.balance.warnings:
        print(f"Note: {warning}")


@contextlib.contextmanager
def _counting(args: argparse.Namespace, profile: Profile) -> Iterator[Count | None]:
    """The engine as a counter of tokens, when a model is given."""
    if not args.model:
        yield None
        return
    with counting.counter(profile, existing_file(args.model), args.context) as (count, _context):
        yield count


def _split(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    dataset = chosen(service, args.name)
    events = service.split(dataset.id, args.fraction, args.seed, args.within)
    done: SplitMade = last(events, watch)
    if args.json:
        print_json(dataclasses.asdict(done))
    else:
        print(
            f"{dataset.name}: {done.train:,} rows to train on, {done.validation:,} held out, "
            f"from {done.units:,} groups, seed {done.seed}"
        )


def _export(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    dataset = chosen(service, args.name)
    wanted = Filter(usable=True, split=Split(args.split) if args.split else None)
    path = Path(args.file).expanduser()
    done: Exported = last(service.export(dataset.id, path, args.format, wanted), watch)
    if args.json:
        print_json(dataclasses.asdict(done))
        return
    for item in done.left_out[:SHOWN_REJECTED]:
        watch.say(f"{item.name}: {item.reason}")
    print(f"{done.path}: {done.rows:,} rows written, {len(done.left_out):,} left out")
