"""Actions of `dataset` that make rows of chats and of documents."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from app.cli.dataset_output import last, say_rejected
from app.cli.output import Watcher, print_json
from app.core.errors import BadInput
from app.core.paths import Profile, existing_file
from app.core.process import Cancel
from app.core.types import FileState, ModelSpec
from app.services.assemble import Loam, build
from app.services.dataset.generating import engine_writer
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Generated, Rejected


def collect(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    """Rows of answers that the person liked, and of whole chats."""
    if not args.chat and not args.chats:
        raise BadInput(problem="Name chats to add whole, or give --chats for answers you rated up.")
    with contextlib.closing(build(profile)) as loam:
        for chat in args.chat:
            loam.chats.get(chat)
        dataset = service.named(args.name)
        ids: list[int] = []
        rejected: list[Rejected] = []
        if args.chats:
            wanted = [message.id for message in service.liked(dataset.id, loam.chats)]
            ids, rejected = service.collect_answers(dataset.id, loam.chats, wanted)
        if args.chat:
            more, turned_away = service.collect_chats(dataset.id, loam.chats, args.chat)
            ids, rejected = [*ids, *more], [*rejected, *turned_away]
    if args.json:
        print_json({"rows": ids, "rejected": [dataclasses.asdict(item) for item in rejected]})
        return
    say_rejected(rejected, watch)
    print(f"{dataset.name}: {len(ids):,} rows added, {len(rejected):,} turned away")


def generate(
    args: argparse.Namespace, service: DatasetService, profile: Profile, watch: Watcher
) -> None:
    """Rows that a model writes about the documents of a collection."""
    ids: list[int] = []
    rejected: list[Rejected] = []
    with contextlib.closing(build(profile)) as loam:
        found = [c for c in loam.library.collections() if c.name == args.collection]
        if not found:
            raise BadInput(problem=f"There is no collection {args.collection}.")
        files = [f.id for f in loam.library.files(found[0].id) if f.state is FileState.READY]
        if not files:
            raise BadInput(problem=f"{args.collection} has no document that was read.")
        spec, cancel = _spec(loam, args.model), Cancel()
        events = service.generate(
            (dataset := service.named(args.name)).id,
            [partial(loam.library.open, file_id) for file_id in files],
            engine_writer(loam.engine, spec, cancel),
            Path(spec.path).name,
            args.count,
            cancel,
        )
        done: Generated = last(_kept(events, ids, rejected), watch)
    if args.json:
        turned_away = [dataclasses.asdict(item) for item in rejected]
        print_json(dataclasses.asdict(done) | {"ids": ids, "rejected": turned_away})
        return
    say_rejected(rejected, watch)
    print(
        f"{dataset.name}: {done.rows:,} rows written, {done.turned_away:,} turned away; they are "
        "used once you accept them"
    )


def _spec(loam: Loam, model: str | None) -> ModelSpec:
    spec = loam.models.spec_for()
    return dataclasses.replace(spec, path=str(existing_file(model))) if model else spec


def _kept(events: Iterable[object], ids: list[int], rejected: list[Rejected]) -> Iterator[object]:
    for event in events:
        if isinstance(event, int):
            ids.append(event)
        elif isinstance(event, Rejected):
            rejected.append(event)
        yield event
