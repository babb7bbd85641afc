"""`bench`: how fast a model is here."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses

from app.cli import loading
from app.cli.output import Watcher, print_json
from app.core.errors import BadInput
from app.core.paths import Profile
from app.core.process import Cancel
from app.services import bench
from app.services.assemble import build
from app.services.bench import BenchResult

_MOST = 100_000


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("bench", help="how fast a model reads, writes and starts here")
    parser.add_argument("--model", metavar="FILE", help="a GGUF file; else that of new chats")
    parser.add_argument("--prompt-tokens", type=int, default=512, metavar="N")
    parser.add_argument("--answer-tokens", type=int, default=64, metavar="N")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    loading.add_flags(parser)
    parser.set_defaults(run=run_bench)


def run_bench(args: argparse.Namespace, profile: Profile) -> int:
    """Measure once. Errors: BadInput, SettingRejected, those of the engine."""
    for name in ("prompt_tokens", "answer_tokens"):
        if not 1 <= getattr(args, name) <= _MOST:
            raise BadInput(problem=f"--{name.replace('_', '-')} must be from 1 to {_MOST:,}.")
    watch, result = Watcher(args.json), None
    with contextlib.closing(build(profile)) as loam:
        loading.take(args, loam.models)
        if args.model:
            spec = loam.models.as_chosen(loam.models.spec_of(str(loam.models.here(args.model))))
        else:
            spec = loam.models.spec_for()
        with loading.advising(loam.models, loam.plans, spec):
            events = bench.run(spec, profile.logs, args.prompt_tokens, args.answer_tokens, Cancel())
            for event in events:
                watch.see(event)
                if isinstance(event, BenchResult):
                    result = event
    watch.clear()
    assert result is not None
    _show(result, args.json)
    return 0


def _show(result: BenchResult, as_json: bool) -> None:
    model = result.model
    if as_json:
        found = dataclasses.asdict(dataclasses.replace(result, model=None))  # type: ignore[arg-type]
        found["model"] = loading.loaded_json(model)
        print_json(found)
        return
    print(f"{model.info.name} on {model.device}, {loading.loaded_words(model)}")
    print(f"  reads   {result.prefill:9,.1f} tokens/s  ({result.prompt_tokens:,} tokens)")
    print(f"  writes  {result.decode:9,.1f} tokens/s  ({result.answer_tokens:,} tokens)")
    print(f"  first token, cold        {result.first_cold:7.2f} s (loading {result.load:.2f} s)")
    print(f"  first token, evaluated   {result.first_evaluated:7.2f} s (the next question)")
    if result.first_saved:
        print(f"  first token, saved chat  {result.first_saved:7.2f} s (the same, after a restart)")
    for reason in model.unused:
        print(f"  {reason}")
