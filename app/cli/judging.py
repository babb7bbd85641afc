"""`finetune judge`: whether an adapter helps, measured and, if wanted, by answers side by side."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import random
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.cli.output import Watcher, print_json
from app.core.errors import BadInput, MissingFile, NotFound
from app.core.messages import Evaluated
from app.core.paths import Profile, existing_file
from app.core.process import Cancel
from app.core.types import ModelSpec, TrainingRow
from app.services.assemble import Loam, build
from app.services.finetune_data import read_data
from app.services.finetune_judge import Pair
from app.services.finetune_judging import Asked, Report

_CHOICES = {"1": "first", "2": "second", "0": "same"}
_WHOSE = {"tuned": "with the adapter", "plain": "without it", "same": "no difference"}


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    judge = actions.add_parser("judge", help="whether an adapter helps on rows it has not learnt")
    judge.add_argument("adapter", metavar="RUN|ADAPTER", help="a finished run, or an adapter file")
    judge.add_argument("--model", metavar="FILE", help="the model, for an adapter without a run")
    judge.add_argument("--rows", metavar="FILE", help="other rows than those the run held out")
    judge.add_argument("--control", metavar="TEXT", help="another text to see what was forgotten")
    judge.add_argument(
        "--scale",
        type=float,
        default=1.0,
        metavar="N",
        help="how strongly the adapter acts; 1: as trained",
    )
    judge.add_argument(
        "--answers",
        type=int,
        default=0,
        metavar="N",
        help="have N questions answered twice, and say which answer is better (1, 2, 0: same)",
    )
    judge.add_argument("--json", action="store_true", help="one JSON object")
    judge.set_defaults(run=run_judge)


def run_judge(args: argparse.Namespace, profile: Profile) -> int:
    """Measure, keep what was found beside the adapter, say it. Errors: BadInput, NotFound,
    BadAdapter, BadRows, ModelError tree."""
    watch = Watcher(args.json)
    with contextlib.closing(build(profile)) as loam:
        adapter, model = _find(loam, args)
        rows = read_data(existing_file(args.rows)).rows if args.rows else ()
        control = existing_file(args.control) if args.control else None
        report: Report | None = None
        for event in loam.judge.judge(adapter, model, rows, control, args.scale):
            watch.see(event)
            if isinstance(event, Report):
                report = event
        watch.clear()
        assert report is not None
        if not args.json:
            _show(report)
        if args.answers > 0:
            held_out = rows or loam.judge.held_out(adapter)
            report = _compare(loam, adapter, model, held_out, args, watch) or report
    if args.json:
        print_json(_plain(report))
    return 0


def _find(loam: Loam, args: argparse.Namespace) -> tuple[Path, str]:
    try:
        run = loam.finetune.get(args.adapter)
    except NotFound:
        run = None
    try:
        adapter = Path(run.adapter) if run else existing_file(args.adapter)
    except MissingFile:
        raise BadInput(problem=f"There is no run and no adapter {args.adapter}.") from None
    if not adapter.is_file():
        raise BadInput(problem=f"The run {args.adapter} has not written its adapter yet.")
    if args.model:
        return adapter, str(existing_file(args.model))
    if run is None:
        raise BadInput(problem="Name the adapter's model with --model FILE.")
    return adapter, run.model


def _compare(
    loam: Loam,
    adapter: Path,
    model: str,
    rows: Sequence[TrainingRow],
    args: argparse.Namespace,
    watch: Watcher,
) -> Report | None:
    """Have questions answered twice; blind, unless nobody is there to say which is better."""
    seed = secrets.randbits(32)
    asking = [row for row in rows if len(row.turns) > 1 and row.turns[-1][0] == "assistant"]
    drawn = random.Random(seed).sample(asking, min(args.answers, len(asking)))  # noqa: S311
    asked: list[Asked] = []
    report = None
    for event in loam.judge.ask(adapter, ModelSpec(model), drawn, Cancel(), seed, args.scale):
        watch.see(event)
        if isinstance(event, Pair):
            watch.clear()
            choice = "" if args.json else _ask(event, len(asked) + 1, len(drawn))
            asked.append(Asked(event, choice))
            report = loam.judge.keep_pairs(adapter, asked)
            if choice:
                print(f"You chose: {_WHOSE[asked[-1].winner]}.")
    watch.clear()
    if report and not args.json:
        chosen = sum(bool(each.winner) for each in report.asked)
        print(f"Adapter preferred in {report.count('tuned')} of {chosen}.")
    return report


def _ask(pair: Pair, number: int, total: int) -> str:
    print(f"\nQuestion {number} of {total}: {pair.question}")
    print(f"\n[1] {pair.first}\n\n[2] {pair.second}\n")
    try:
        said = input("Which is better? 1, 2, or 0 for the same: ").strip()
    except EOFError:
        print()
        return ""
    return _CHOICES.get(said, "")


def _show(report: Report) -> None:
    judgement = report.judgement
    print(report.words)
    print(
        f"Difference {judgement.difference:+.3f} nats a token, 95 % between {judgement.low:+.3f}"
        f" and {judgement.high:+.3f}; {report.rows} held-out rows."
    )
    if report.scale != 1:
        print(f"The adapter acted at strength {report.scale:g}.")
    for name, off, on in (
        ("held-out rows", judgement.off, judgement.on),
        (f"control text ({report.control})", judgement.control_off, judgement.control_on),
    ):
        if off and on:
            print(
                f"  {name}: perplexity {off.perplexity:.2f} -> {on.perplexity:.2f},"
                f" bits a byte {off.bits_per_byte:.3f} -> {on.bits_per_byte:.3f}"
            )


def _plain(report: Report) -> dict[str, Any]:
    judgement = report.judgement
    control = None
    if judgement.control_off and judgement.control_on:
        control = {
            "name": report.control,
            "off": _figures(judgement.control_off),
            "on": _figures(judgement.control_on),
            "change": judgement.control_change,
        }
    return {
        "verdict": str(judgement.verdict),
        "words": report.words,
        "model": report.model,
        "scale": report.scale,
        "held_out": {
            "rows": report.rows,
            "off": _figures(judgement.off),
            "on": _figures(judgement.on),
        },
        "difference": judgement.difference,
        "interval": [judgement.low, judgement.high],
        "control": control,
        "forgot": judgement.forgot,
        "rows": [{"name": name, "off": off, "on": on} for name, off, on in report.worst_first()],
        "answers": [
            dataclasses.asdict(each.pair) | {"choice": each.choice, "winner": each.winner}
            for each in report.asked
        ],
    }


def _figures(found: Evaluated) -> dict[str, float]:
    return {
        "loss": found.loss,
        "perplexity": found.perplexity,
        "bits_per_byte": found.bits_per_byte,
        "tokens": found.tokens,
    }
