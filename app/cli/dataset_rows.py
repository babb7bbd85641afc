"""Actions of `dataset` that show and change rows."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterable

from app.cli.dataset_output import chosen
from app.cli.output import Watcher, print_json
from app.core.errors import BadInput
from app.core.messages import Turn
from app.core.paths import Profile
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Draft, Filter, Kind, Row, Split, State


def show(
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
        dataset = chosen(service, args.name)
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


def decide(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    state = State.ACCEPTED if args.action == "accept" else State.REJECTED
    changed = sum(service.set_state(key, ids, state) for key, ids in _sorted(args, service))
    if args.json:
        print_json({"changed": changed, "state": state})
    else:
        print(f"{changed:,} rows {state.value}")


def step(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    dataset = chosen(service, args.name)
    if args.action == "delete":
        service.delete(dataset.id)
        return
    change = (service.undo if args.action == "undo" else service.redo)(dataset.id)
    if args.json:
        print_json(dataclasses.asdict(change) if change else None)
    else:
        done = "Undone" if args.action == "undo" else "Done again"
        print(f"{done}: {change.what}" if change else f"There is nothing to {args.action}.")


def add(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    """A row written by hand."""
    if args.text:
        draft = Draft((Turn("text", args.text),), args.label)
    elif args.question and args.answer:
        system = [Turn("system", args.system)] if args.system else []
        talk = (Turn("user", args.question), Turn("assistant", args.answer))
        draft = Draft((*system, *talk), args.label)
    else:
        raise BadInput(problem="Give --question and --answer, or --text.")
    row_id = service.add(service.named(args.name).id, draft)
    print_json({"row": row_id}) if args.json else print(f"row {row_id} added")


def edit(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    """Change the words or the label of a row."""
    row = service.row(args.id)
    turns = list(row.turns)
    for role, words in (("user", args.question), ("assistant", args.answer), ("text", args.text)):
        if words is not None:
            places = [n for n, turn in enumerate(turns) if turn.role == role]
            if not places:
                raise BadInput(problem=f"Row {row.id} has nothing to put this in the place of.")
            # The last exchange is the one that is learnt for.
            turns[places[-1]] = Turn(role, words)
    service.edit(row.id, turns, args.label)
    print_json({"row": row.id}) if args.json else print(f"row {row.id} changed")


def label(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    """Give rows a label, or take it away."""
    _say_changed(args, sum(service.set_label(k, v, args.label) for k, v in _sorted(args, service)))


def remove(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    """Delete rows; `undo` brings them back."""
    _say_changed(args, sum(service.remove(key, ids) for key, ids in _sorted(args, service)))


def rename(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    """Give a dataset another name."""
    service.rename(chosen(service, args.name).id, args.new_name)


def _sorted(args: argparse.Namespace, service: DatasetService) -> Iterable[tuple[int, list[int]]]:
    """The rows named, by dataset."""
    by_dataset: dict[int, list[int]] = {}
    for row_id in args.ids:
        by_dataset.setdefault(service.row(row_id).dataset_id, []).append(row_id)
    return by_dataset.items()


def _say_changed(args: argparse.Namespace, changed: int) -> None:
    print_json({"changed": changed}) if args.json else print(f"{changed:,} rows changed")
