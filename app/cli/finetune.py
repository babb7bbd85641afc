"""`finetune`: train an adapter on a model, or go on with a run that was broken off."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from app.cli import judging, tuning_runs
from app.cli.dataset import column_mapping
from app.cli.output import Watcher
from app.core.errors import BadInput, ChildDied, LoamError
from app.core.files import sha256
from app.core.messages import Checkpoint, Prepared, Progress, Step, Trained, Validation
from app.core.paths import Profile, existing_file
from app.core.process import Cancel
from app.core.types import BEST, LAST, LORA_TARGETS, HyperParameters, LeftOut, Schedule
from app.services.children import training_process
from app.services.dataset.service import DatasetService
from app.services.finetune import FinetuneService, TunePlan
from app.services.finetune_data import Lesson, read_data, read_tokens
from app.services.finetune_runs import TuneRun

_DEFAULT = HyperParameters()
_SHOWN_LEFT_OUT = 20
_PAUSED = 130


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    tune = commands.add_parser("finetune", help="train an adapter on a model")
    tune.add_argument("--resume", metavar="RUN", help="go on with a run: its name, or its adapter")
    tune.add_argument("--model", metavar="FILE", help="the GGUF file to train on")
    source = tune.add_mutually_exclusive_group()
    source.add_argument("--data", metavar="FILE", help="rows: JSONL, JSON, CSV, TSV or text")
    source.add_argument("--tokens", metavar="FILE.json", help="ready batches, in their order")
    source.add_argument("--dataset", metavar="NAME", help="a dataset of Loam, with its split")
    tune.add_argument(
        "--map", default="", metavar="question=col1,answer=col2", help="columns of --data's table"
    )
    tune.add_argument("--validation", metavar="FILE", help="rows to measure on, never learnt")
    tune.add_argument("--out", metavar="ADAPTER.gguf", help="where the adapter goes")
    tune.add_argument("--log", metavar="FILE.jsonl", help="one line an update")
    tune.add_argument("--init-adapter", metavar="FILE", help="begin with its values and shape")

    def number(name: str, kind: type, default: float, about: str) -> None:
        tune.add_argument(name, type=kind, default=default, metavar="N", help=about)

    number("--rank", int, _DEFAULT.rank, "size of the adapter")
    number("--alpha", float, _DEFAULT.alpha, "how strongly it acts, over the rank")
    tune.add_argument(
        "--targets",
        nargs="+",
        default=list(LORA_TARGETS),
        metavar="NAME",
        help=f"the matrices it changes: {', '.join(LORA_TARGETS)}",
    )
    number("--learning-rate", float, _DEFAULT.learning_rate, "size of an update")
    tune.add_argument("--schedule", choices=[s.value for s in Schedule], default=_DEFAULT.schedule)
    number("--warmup", int, _DEFAULT.warmup_steps, "updates until the full learning rate")
    number("--epochs", int, _DEFAULT.epochs, "passes over the rows")
    number("--steps", int, 0, "updates, instead of epochs")
    number("--context", int, 0, "tokens at once; 0: what the longest row needs")
    number("--accumulate", int, _DEFAULT.accumulate, "contexts in an update")
    number("--clip", float, _DEFAULT.clip, "largest gradient norm; 0: none")
    number("--weight-decay", float, _DEFAULT.weight_decay, "pull towards zero")
    number("--seed", int, _DEFAULT.seed, "of the first values and the order of rows")
    tune.add_argument("--loss", choices=("answers", "all"), default="answers")
    number("--validate-every", int, 25, "updates; 0: only before and after")
    number("--checkpoint-every", int, 5, "updates that a crash may cost")
    tune.add_argument(
        "--keep",
        choices=(LAST, BEST),
        help="which values --out gets: the last, or the best on the validation rows",
    )
    number("--threads", int, 0, "processor threads; 0: all cores")
    tune.add_argument("--json", action="store_true", help="one JSON object at the end")
    tune.set_defaults(run=run_finetune)
    actions = tune.add_subparsers(dest="action", metavar="ACTION")
    judging.add_parser(actions)
    tuning_runs.add_parsers(actions)


def run_finetune(args: argparse.Namespace, profile: Profile) -> int:
    """Train to the end. Interrupted by a signal: 130, and the run can go on. Errors: BadInput,
    NotFound, TrainingError, ModelError trees."""
    watch = Watcher(args.json)
    with contextlib.closing(training_process(profile)) as trainer:
        service = FinetuneService(trainer, profile.runs)
        log = str(Path(args.log).expanduser().absolute()) if args.log else ""
        resumed = service.get(args.resume) if args.resume else None
        if resumed and args.keep:
            resumed = service.change(resumed.id, keep=args.keep)
        run = resumed or service.create(_plan(args, profile, log, watch))
        with _signals() as cancel:
            try:
                done = _train(service, run, log, cancel, watch, args.json)
            except ChildDied:
                raise
            except LoamError:
                if not resumed and not service.get(run.id).steps:
                    # It never began, and could only fail again in the same way.
                    service.delete(run.id)
                raise
    if done is None:
        step = service.get(run.id).step
        watch.say(f"paused after update {step}; go on with: finetune --resume {run.id}")
        return _PAUSED
    tuning_runs.say_done(run.id, done, args.json)
    return 0


def _train(
    service: FinetuneService,
    run: TuneRun,
    log: str,
    cancel: Cancel,
    watch: Watcher,
    as_json: bool,
) -> Trained | None:
    """Show how it goes; the end, unless it was paused."""
    done = None
    for event in service.train(run.id, cancel, log):
        watch.see(event)
        line = ""
        match event:
            case Prepared():
                watch.say(f"run {run.id}; after a break, go on with: finetune --resume {run.id}")
                _show_left_out(event.left_out, watch)
                line = (
                    f"{event.rows:,} rows, {event.kept:,} tokens to learn, {event.steps:,} updates"
                    f" of {event.context} tokens at once. {event.reason}"
                )
            case Step():
                watch.see(Progress("Training", event.step, event.steps, "updates"))
                if event.step % max(1, event.steps // 20) == 0 or event.step == event.steps:
                    line = f"update {event.step} of {event.steps}: loss {event.loss:.4f}"
                    line += f", {event.rate:.0f} tokens/s"
            case Validation():
                line = f"after update {event.step}: validation loss {event.loss:.4f}"
            case Trained():
                done = event
            case Checkpoint():
                pass
        if line and not as_json:
            watch.clear()
            print(line, flush=True)
    watch.clear()
    return done


@contextlib.contextmanager
def _signals() -> Iterator[Cancel]:
    """A cancel that Ctrl+C and a polite kill set, so that a checkpoint is written first; a second
    one ends at once."""
    cancel = Cancel()

    def pause(_: int, __: FrameType | None) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    before = {kind: signal.signal(kind, pause) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancel
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


@dataclass(frozen=True, slots=True)
class _Material:
    """What is learnt from and measured on, and what the card says of it."""

    name: str
    lesson: Lesson
    validation: Lesson
    notes: dict[str, object]


def _plan(args: argparse.Namespace, profile: Profile, log: str, watch: Watcher) -> TunePlan:
    for name in ("model", "out"):
        if not getattr(args, name):
            raise BadInput(problem=f"finetune needs --{name}, or --resume RUN.")
    if args.map and not args.data:
        raise BadInput(problem="--map and --data belong together.")
    model = str(existing_file(args.model))
    hyper = _hyper(args)
    found = _of_dataset(args, profile) if args.dataset else _of_files(args)
    _show_left_out((*found.lesson.left_out, *found.validation.left_out), watch)
    return TunePlan(
        model=model,
        adapter=str(Path(args.out).expanduser().absolute()),
        rows=found.lesson.rows,
        validation=found.validation.rows,
        hyper=hyper,
        initial_adapter=str(existing_file(args.init_adapter)) if args.init_adapter else "",
        data=found.name,
        log=log,
        checkpoint_every=args.checkpoint_every,
        validate_every=args.validate_every,
        threads=args.threads,
        keep=args.keep or LAST,
        notes=json.dumps(found.notes, ensure_ascii=False),
    )


def _of_files(args: argparse.Namespace) -> _Material:
    source = args.data or args.tokens
    if not source:
        raise BadInput(problem="finetune needs --data FILE, --tokens FILE.json or --dataset NAME.")
    mapping = column_mapping(args.map)

    def read(path: Path) -> Lesson:
        return read_tokens(path) if args.tokens else read_data(path, mapping)

    path = existing_file(source)
    lesson = read(path)
    validation = read(existing_file(args.validation)) if args.validation else Lesson(())
    notes: dict[str, object] = {"file": path.name, "sha256": sha256(path)}
    return _Material(path.name, lesson, validation, notes)


def _of_dataset(args: argparse.Namespace, profile: Profile) -> _Material:
    with contextlib.closing(DatasetService(profile)) as datasets:
        data = datasets.training(datasets.find(args.dataset).id)
    validation = Lesson(data.validation)
    if args.validation:
        validation = read_data(existing_file(args.validation))
    return _Material(args.dataset, Lesson(data.train), validation, data.notes)


def _hyper(args: argparse.Namespace) -> HyperParameters:
    targets = [name for item in args.targets for name in item.split(",") if name]
    for name in targets:
        if name not in LORA_TARGETS:
            problem = f"There is no target {name}; choose from {', '.join(LORA_TARGETS)}."
            raise BadInput(problem=problem)
    for option in ("checkpoint_every", "validate_every", "threads"):
        if getattr(args, option) < 0:
            raise BadInput(problem=f"--{option.replace('_', '-')} can't be below 0.")
    ready = args.tokens is not None
    return HyperParameters(
        rank=args.rank,
        alpha=args.alpha,
        targets=tuple(dict.fromkeys(targets)),
        learning_rate=args.learning_rate,
        schedule=Schedule(args.schedule),
        warmup_steps=args.warmup,
        epochs=args.epochs,
        steps=args.steps,
        context=args.context,
        accumulate=args.accumulate,
        clip=args.clip,
        weight_decay=args.weight_decay,
        seed=args.seed,
        answers_only=args.loss == "answers",
        # Ready batches are taken as they are, in their order.
        pack=not ready,
        shuffle=not ready,
    )


def _show_left_out(rows: tuple[LeftOut, ...], watch: Watcher) -> None:
    for row in rows[:_SHOWN_LEFT_OUT]:
        watch.say(f"left out: {row.name}: {row.reason}")
    if len(rows) > _SHOWN_LEFT_OUT:
        watch.say(f"left out: {len(rows) - _SHOWN_LEFT_OUT} more rows")
