"""`finetune check|runs|keep|delete`: whether a model can learn, and what runs there are."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli.output import Watcher, print_json
from app.core.errors import BadInput
from app.core.messages import Trained
from app.core.paths import Profile, existing_file
from app.core.types import BEST, LAST
from app.services.children import training_process
from app.services.finetune import FinetuneService
from app.services.finetune_runs import RunState, TuneRun

_CONTEXT, _RANK = 256, 8


def add_parsers(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    check = actions.add_parser("check", help="whether a model can be trained here, and why not")
    check.add_argument("model", metavar="FILE", help="the GGUF file")
    check.add_argument("--context", type=int, default=_CONTEXT, help="tokens at once")
    check.add_argument("--rank", type=int, default=_RANK, help="size of the adapter")
    check.set_defaults(run=run_check)
    runs = actions.add_parser("runs", help="the runs there are, the newest first")
    runs.set_defaults(run=run_runs)
    keep = actions.add_parser("keep", help="make the adapter of a paused run as it stands")
    keep.add_argument("name", metavar="RUN", help="its name, or its adapter")
    keep.set_defaults(run=run_keep)
    take = actions.add_parser(
        "take", help="give a finished run's adapter its best values, or its last ones"
    )
    take.add_argument("name", metavar="RUN", help="its name, or its adapter")
    take.add_argument("which", choices=(BEST, LAST), help="best: on the validation rows")
    take.set_defaults(run=run_take)
    unqueue = actions.add_parser("unqueue", help="let a run that waits for its turn not begin")
    unqueue.add_argument("name", metavar="RUN", help="its name, or its adapter")
    unqueue.set_defaults(run=run_unqueue)
    delete = actions.add_parser("delete", help="remove a run; its adapter stays")
    delete.add_argument("name", metavar="RUN", help="its name, or its adapter")
    delete.set_defaults(run=run_delete)
    for command in (check, runs, keep, take, unqueue, delete):
        command.add_argument("--json", action="store_true", help="JSON")


def run_check(args: argparse.Namespace, profile: Profile) -> int:
    """0 when the model can be trained, else 1. Errors: MissingFile, NotAModel, BadInput."""
    model = str(existing_file(args.model))
    if args.context < 1 or not 1 <= args.rank <= 512:
        raise BadInput(problem="--context must be above 0, and --rank from 1 to 512.")
    with _service(profile) as service:
        found = service.check(model, args.context, args.rank)
    if args.json:
        print_json(asdict(found))
    else:
        print("It can be trained." if found.trainable else "It can't be trained here:", end=" ")
        print(found.reason)
    return 0 if found.trainable else 1


def run_runs(args: argparse.Namespace, profile: Profile) -> int:
    """List the runs."""
    with _service(profile) as service:
        runs = service.runs()
    if args.json:
        print_json([_about(run) for run in runs])
    for run in [] if args.json else runs:
        steps = f"{run.step} of {run.steps} updates" if run.steps else "not begun"
        steps += ", in the queue" if run.queued else ""
        print(f"{run.id}  {run.state.value}, {steps}: {run.data} on {Path(run.model).name}")
    return 0


def run_keep(args: argparse.Namespace, profile: Profile) -> int:
    """Write the adapter. Errors: NotFound, BadInput when nothing was learnt, as Train."""
    watch, done = Watcher(args.json), None
    with _service(profile) as service:
        run = service.get(args.name)
        if run.state is RunState.DONE:
            raise BadInput(problem=f"The run {run.id} is finished; its adapter is {run.adapter}.")
        for event in service.keep(run.id):
            watch.see(event)
            if isinstance(event, Trained):
                done = event
    watch.clear()
    if done is None:
        return 1
    say_done(run.id, done, args.json)
    return 0


def run_take(args: argparse.Namespace, profile: Profile) -> int:
    """Write the adapter anew. Errors: NotFound, BadInput, MissingFile, StoreError."""
    with _service(profile) as service:
        run = service.take(args.name, args.which)
    if args.json:
        print_json(_about(run))
    else:
        step = run.best_step if run.kept == BEST else run.step
        print(f"{run.adapter} is as it was after update {step} now.")
    return 0


def say_done(run_id: str, done: Trained, as_json: bool) -> None:
    """That an adapter is written, and which values it has."""
    if as_json:
        about = {"kept": done.kept, "best_step": done.best_step, "best_loss": done.best_loss}
        print_json({"run": run_id, "adapter": done.path, **about, "card": json.loads(done.card)})
        return
    print(f"The adapter is written: {done.path}")
    if done.best_step:
        line = f"Best on the validation rows: update {done.best_step}, loss {done.best_loss:.4f}"
        print(f"{line}; the adapter has the {done.kept} values.")


def run_unqueue(args: argparse.Namespace, profile: Profile) -> int:
    """The run stays as it is. Errors: NotFound, StoreError."""
    with _service(profile) as service:
        run = service.change(service.get(args.name).id, queued=0.0)
    if args.json:
        print_json(_about(run))
    else:
        print(f"The run {run.id} waits no longer; go on with: finetune --resume {run.id}")
    return 0


def run_delete(args: argparse.Namespace, profile: Profile) -> int:
    """Remove a run. Errors: NotFound, BadInput when it is being trained."""
    with _service(profile) as service:
        run = service.get(args.name)
        service.delete(run.id)
    if args.json:
        print_json({"deleted": run.id})
    else:
        print(f"The run {run.id} is removed.")
    return 0


@contextlib.contextmanager
def _service(profile: Profile) -> Iterator[FinetuneService]:
    with contextlib.closing(training_process(profile)) as trainer:
        yield FinetuneService(trainer, profile.runs)


def _about(run: TuneRun) -> dict[str, Any]:
    kept = (
        *("id", "model", "adapter", "data", "rows", "validation_rows", "step", "steps"),
        *("created", "kept", "best_step", "best_loss", "queued"),
    )
    found = {name: getattr(run, name) for name in kept}
    return {**found, "state": run.state.value, "detail": run.detail, "hyper": asdict(run.hyper)}
