"""`models`: those on this machine; what the hub offers is in `hub.py`."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from pathlib import Path

from app.cli import hub
from app.cli.output import Watcher, print_json
from app.core.messages import Inspected, Warned
from app.core.paths import Profile
from app.services.assemble import Loam, build


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its actions; --json may stand before or after the action."""
    models = commands.add_parser("models", help="list, add, download and remove models")
    models.add_argument("--json", action="store_true", help="a JSON value on each line")
    actions = models.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="models here").set_defaults(act=run_list)
    add = actions.add_parser("add", help="use a GGUF file where it lies")
    add.add_argument("path", type=Path)
    add.set_defaults(act=run_add)
    remove = actions.add_parser("remove", help="forget a file; it stays on the disk")
    remove.add_argument("path", type=Path)
    remove.set_defaults(act=run_remove)
    hub.add_actions(actions)
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    models.set_defaults(run=run_models)


def run_models(args: argparse.Namespace, profile: Profile) -> int:
    """Run the action. Errors: those of the action."""
    with contextlib.closing(build(profile)) as loam:
        return int(args.act(args, loam))


def run_list(args: argparse.Namespace, loam: Loam) -> int:
    """All models, a line each; files that are none on stderr."""
    watch = Watcher(args.json)
    for event in loam.models.list():
        if isinstance(event, Inspected):
            _show(event, args.json)
        elif isinstance(event, Warned):
            watch.say(str(event.error))
    return 0


def run_add(args: argparse.Namespace, loam: Loam) -> int:
    """Link a file. Errors: MissingFile, NotAModel, StoreError."""
    for event in loam.models.add(args.path):
        if isinstance(event, Inspected):
            _show(event, args.json)
    return 0


def run_remove(args: argparse.Namespace, loam: Loam) -> int:
    """Forget a link. Errors: StoreError."""
    loam.models.remove(args.path.expanduser().resolve())
    return 0


def _show(event: Inspected, as_json: bool) -> None:
    info = event.info
    if as_json:
        print_json(dataclasses.asdict(info))
        return
    kind = "chat" if info.has_chat_template else "base"
    print(
        f"{info.name}  {info.architecture}, {info.quantization}, {kind}, "
        f"{info.size_bytes / 2**20:,.0f} MB, context {info.context_trained:,}  "
        f"{info.path}"
    )
