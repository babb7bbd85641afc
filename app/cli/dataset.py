"""`dataset`: rows to learn from, as the Fine-tune page has them."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from app.cli.output import Watcher, print_json
from app.core.errors import BadInput
from app.core.messages import Counted, CountTokens
from app.core.paths import Profile, existing_file
from app.core.types import ModelSpec
from app.services.assemble import build, engine_process
from app.services.dataset import detection
from app.services.dataset.checks.length import Count
from app.services.dataset.service import DatasetService
from app.services.dataset.types import (
    Checked,
    Dataset,
    Exported,
    Filter,
    Imported,
    Kind,
    Rejected,
    Row,
    Split,
    SplitMade,
    State,
)

_SHOWN_REJECTED = 20


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
    show = action("show", "rows, or one of them", _show)
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
    collect = action("collect", "add chats", _collect, chosen=False)
    collect.add_argument("chats", nargs="+", type=int, metavar="CHAT")
    collect.add_argument("--name", required=True, metavar="N", help="made when there is none")
    for name in ("accept", "reject"):
        action(name, f"{name} rows", _decide, chosen=False).add_argument(
            "ids", nargs="+", type=int, metavar="ID"
        )
    for name in ("undo", "redo", "delete"):
        action(name, f"{name} the last change" if name != "delete" else "a dataset", _step)


_Run = Callable[[argparse.Namespace, DatasetService, Profile, Watcher], None]


def run_dataset(args: argparse.Namespace, profile: Profile) -> int:
    """The actions of `dataset`. Errors: BadInput, NotFound, StoreError, OSError."""
    with contextlib.closing(DatasetService(profile)) as service:
        watch = Watcher(args.json)
        for problem in service.problems:
            watch.say(str(problem))
        args.act(args, service, profile, watch)
    return 0


def _chosen(service: DatasetService, name: str | None) -> Dataset:
    if name is not None:
        return service.find(name)
    known = service.datasets()
    if len(known) != 1:
        problem = "Say which dataset with --name." if known else "There is no dataset yet."
        raise BadInput(problem=problem)
    return known[0]


def _last(events: Iterable[object], watch: Watcher) -> Any:
    """The result of a long operation, its progress shown."""
    event: object = None
    for event in events:
        watch.see(event)
    watch.clear()
    return event


def _say_rejected(rejected: Sequence[Rejected], watch: Watcher) -> None:
    for item in rejected[:_SHOWN_REJECTED]:
        watch.say(f"{f'line {item.line}' if item.line else item.name}: {item.reason}")
    if (more := len(rejected) - _SHOWN_REJECTED) > 0:
        watch.say(f"{more:,} more were turned away; --json names all of them")


def _import(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    path = existing_file(args.file)
    mapping = _mapping(args.map)
    kind = args.format or service.detect(path)
    dataset = service.named(args.name)
    events = service.import_file(dataset.id, path, kind, mapping)
    done: Imported = _last(events, watch)
    if args.json:
        print_json(dataclasses.asdict(done) | {"name": dataset.name, "format": kind})
        return
    _say_rejected(done.rejected, watch)
    print(f"{dataset.name}: {done.rows:,} rows added, {len(done.rejected):,} turned away ({kind})")


def _mapping(text: str) -> dict[str, str]:
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


def _show(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    if args.ids:
        rows = [service.row(row_id) for row_id in args.ids]
    else:
        if args.offset < 0 or not 1 <= args.limit <= 100_000:
            raise BadInput(problem="--offset counts from 0, --limit from 1 to 100,000.")
        wanted = Filter(
            text=args.search,
            state=State(args.state) if args.state else None,
            split=Split(args.split) if args.split else None,
            label=args.label,
            finding=Kind(args.finding) if args.finding else None,
        )
        dataset = _chosen(service, args.name)
        rows = service.page(dataset.id, wanted, args.offset, args.limit)
    for row in rows:
        findings = service.findings(row.id)
        if args.json:
            found = [dataclasses.asdict(f) for f in findings]
            print_json(dataclasses.asdict(row) | {"synthetic": row.synthetic, "findings": found})
        elif args.ids:
            _print_whole(row, [f.detail for f in findings])
        else:
            print(_line(row, [f.kind.value for f in findings]))


def _line(row: Row, findings: Iterable[str]) -> str:
    marks = [row.state.value, row.split.value, row.label, *dict.fromkeys(findings)]
    said = " | ".join(" ".join(turn.content.split())[:60] for turn in row.turns)
    return f"{row.id:6}  {', '.join(mark for mark in marks if mark)}: {said[:160]}"


def _print_whole(row: Row, findings: Iterable[str]) -> None:
    suggested = ", written by the model" if row.synthetic else ""
    print(f"{row.name}, {row.state.value}{suggested}")
    for turn in row.turns:
        print(f"\n[{turn.role}]\n{turn.content}")
    if row.label:
        print(f"\nLabel: {row.label}")
    for span in row.spans:
        print(f"{span.label}: {row.turns[0].content[span.start : span.end]}")
    for detail in findings:
        print(f"Note: {detail}")
    print()


def _check(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    if (args.context > 0) != bool(args.model):
        raise BadInput(problem="--context and --model belong together.")
    dataset = _chosen(service, args.name)
    with _counting(args, profile) as count:
        done: Checked = _last(service.check(dataset.id, count, args.context), watch)
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
    spec = ModelSpec(str(existing_file(args.model)), 512)
    with contextlib.closing(engine_process(profile)) as engine:

        def count(texts: Sequence[str]) -> Sequence[int]:
            events = engine.stream(CountTokens(spec, tuple(texts)))
            return next(event.tokens for event in events if isinstance(event, Counted))

        yield count


def _split(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    dataset = _chosen(service, args.name)
    events = service.split(dataset.id, args.fraction, args.seed, args.within)
    done: SplitMade = _last(events, watch)
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
    dataset = _chosen(service, args.name)
    wanted = Filter(usable=True, split=Split(args.split) if args.split else None)
    path = Path(args.file).expanduser()
    done: Exported = _last(service.export(dataset.id, path, args.format, wanted), watch)
    if args.json:
        print_json(dataclasses.asdict(done))
        return
    for item in done.left_out[:_SHOWN_REJECTED]:
        watch.say(f"{item.name}: {item.reason}")
    print(f"{done.path}: {done.rows:,} rows written, {len(done.left_out):,} left out")


def _collect(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    with contextlib.closing(build(profile)) as loam:
        for chat in args.chats:
            loam.chats.get(chat)
        dataset = service.named(args.name)
        ids, rejected = service.collect_chats(dataset.id, loam.chats, args.chats)
    if args.json:
        print_json({"rows": ids, "rejected": [dataclasses.asdict(item) for item in rejected]})
        return
    _say_rejected(rejected, watch)
    print(f"{dataset.name}: {len(ids):,} rows added, {len(rejected):,} turned away")


def _decide(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    state = State.ACCEPTED if args.action == "accept" else State.REJECTED
    by_dataset: dict[int, list[int]] = {}
    for row_id in args.ids:
        by_dataset.setdefault(service.row(row_id).dataset_id, []).append(row_id)
    changed = sum(service.set_state(key, ids, state) for key, ids in by_dataset.items())
    if args.json:
        print_json({"changed": changed, "state": state})
    else:
        print(f"{changed:,} rows {state.value}")


def _step(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    dataset = _chosen(service, args.name)
    if args.action == "delete":
        service.delete(dataset.id)
        return
    change = (service.undo if args.action == "undo" else service.redo)(dataset.id)
    if args.json:
        print_json(dataclasses.asdict(change) if change else None)
    else:
        done = "Undone" if args.action == "undo" else "Done again"
        print(f"{done}: {change.what}" if change else f"There is nothing to {args.action}.")
