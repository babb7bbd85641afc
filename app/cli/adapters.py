"""`adapter inspect|merge` and `perplexity`; and how --adapter is written."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import math
from pathlib import Path

from app.cli import adapter_files
from app.cli.output import Watcher, print_json
from app.core.errors import BadInput
from app.core.messages import MergeAdapter, Merged
from app.core.paths import Profile, existing_file
from app.core.types import AdapterUse
from app.engine import adapter_header
from app.services.children import training_process
from app.services.finetune import FinetuneService

_USE = "FILE[:SCALE]"


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    perplexity = commands.add_parser("perplexity", help="how well a model predicts a text")
    perplexity.add_argument("--model", metavar="FILE", required=True)
    add_adapter_argument(perplexity)
    perplexity.add_argument("--file", metavar="TEXT", required=True)
    perplexity.add_argument("--context", type=int, default=512, metavar="TOKENS")
    perplexity.add_argument("--json", action="store_true", help="one JSON object")
    perplexity.set_defaults(run=run_perplexity)

    adapter = commands.add_parser("adapter", help="what to do with adapters")
    actions = adapter.add_subparsers(dest="action", required=True, metavar="ACTION")
    inspect = actions.add_parser("inspect", help="what an adapter says of itself")
    inspect.add_argument("adapter", metavar="FILE")
    inspect.add_argument("--json", action="store_true", help="one JSON object, the card in it")
    inspect.set_defaults(run=run_inspect)
    merge = actions.add_parser("merge", help="write a model with an adapter worked in")
    merge.add_argument("adapter", metavar=_USE)
    merge.add_argument("--model", metavar="FILE", required=True)
    merge.add_argument("--out", metavar="FILE", required=True)
    merge.add_argument("--type", default="Q8_0", help="of the weights: Q8_0, Q4_0, F16, F32 ...")
    merge.add_argument("--json", action="store_true")
    merge.set_defaults(run=run_merge)
    adapter_files.add_parsers(actions)


def add_adapter_argument(parser: argparse.ArgumentParser) -> None:
    """Declare --adapter, which may be given several times."""
    parser.add_argument(
        "--adapter",
        action="append",
        default=[],
        metavar=_USE,
        help="an adapter and how strongly it acts (1 as trained)",
    )


def adapter_use(text: str) -> AdapterUse:
    """FILE or FILE:SCALE; a file that has the whole text for a name is meant first. Errors:
    MissingFile, BadInput for a scale that is no number."""
    name, colon, scale = text.rpartition(":")
    if not colon or Path(text).expanduser().is_file():
        return AdapterUse(str(existing_file(text)))
    try:
        value = float(scale)
    except ValueError:
        return AdapterUse(str(existing_file(text)))
    if not math.isfinite(value):
        raise BadInput(problem=f"The scale {scale} of {name} is not a number.")
    return AdapterUse(str(existing_file(name)), value)


def adapter_uses(texts: list[str]) -> tuple[AdapterUse, ...]:
    """As `adapter_use`, for each."""
    return tuple(adapter_use(text) for text in texts)


def run_perplexity(args: argparse.Namespace, profile: Profile) -> int:
    """Measure. Errors: BadInput, BadAdapter, BadRows, ModelError tree."""
    if not 2 <= args.context <= 1 << 20:
        raise BadInput(problem=f"--context must be from 2 to 1048576, not {args.context}.")
    model, uses = existing_file(args.model), adapter_uses(args.adapter)
    text = existing_file(args.file).read_text(encoding="utf-8", errors="replace")
    if not text.strip():
        raise BadInput(problem=f"{args.file} holds no text.")
    watch = Watcher(args.json)
    with contextlib.closing(training_process(profile)) as trainer:
        service = FinetuneService(trainer, profile.runs)
        found = service.perplexity(str(model), text, uses, args.context, watch=watch.see)
    watch.clear()
    if args.json:
        print_json(
            {
                "perplexity": found.perplexity,
                "loss": found.loss,
                "bits_per_byte": found.bits_per_byte,
                "tokens": found.tokens,
            }
        )
    else:
        print(
            f"Perplexity {found.perplexity:.4f} ({found.loss:.5f} nats a token,"
            f" {found.bits_per_byte:.4f} bits a byte, {found.tokens:,} tokens scored)"
        )
    return 0


def run_inspect(args: argparse.Namespace, _: Profile) -> int:
    """Show an adapter's metadata and card. Errors: MissingFile, BadAdapter."""
    info = adapter_header.inspect(str(existing_file(args.adapter)))
    try:
        card = json.loads(info.card) if info.card else None
    except ValueError:
        card = info.card
    if args.json:
        print_json(dataclasses.asdict(info) | {"card": card})
        return 0
    print(f"{info.name}: rank {info.rank}, alpha {info.alpha:g}, {info.parameters:,} values")
    print(f"  for {info.architecture} models, changes {', '.join(info.targets) or 'not said'}")
    if info.base_sha256:
        print(f"  trained on the model file with SHA-256 {info.base_sha256}")
    if isinstance(card, dict):
        print(json.dumps(_brief(card), indent=2, ensure_ascii=False))
    return 0


def _brief(card: dict[str, object]) -> dict[str, object]:
    """A card without its curve, which is long."""
    return {key: value for key, value in card.items() if key != "curve"}


def run_merge(args: argparse.Namespace, profile: Profile) -> int:
    """Write the merged model. Errors: BadInput, BadAdapter, StoreError, ModelError tree."""
    use, model = adapter_use(args.adapter), existing_file(args.model)
    target = Path(args.out).expanduser().absolute()
    if target in (model, Path(use.path)):
        raise BadInput(problem="--out must be another file than the model and the adapter.")
    watch = Watcher(args.json)
    request = MergeAdapter(str(model), use, str(target), args.type.upper())
    with contextlib.closing(training_process(profile)) as trainer:
        for event in trainer.stream(request):
            watch.see(event)
            if isinstance(event, Merged):
                watch.clear()
                if args.json:
                    print_json({"path": event.path})
                else:
                    print(f"Written: {event.path}")
    return 0
