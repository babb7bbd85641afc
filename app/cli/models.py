"""`models`: those on this machine; what the hub offers is in `hub.py`."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from pathlib import Path

from app.cli import hub, loading, servers
from app.cli.output import Watcher, print_json, size_words
from app.core.messages import Inspected, Warned
from app.core.paths import Profile
from app.core.types import ModelInfo
from app.engine import header
from app.services import model_words
from app.services.assemble import Loam, build
from app.services.device_plan import in_words, memory_words
from app.services.model_files import Converted, Verified

_MODEL = "FILE|NAME"
_VERDICTS = {
    True: "whole and as promised",
    False: "NOT what was promised",
    None: "there is nothing known to compare it with",
}


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its actions; --json may stand before or after the action."""
    models = commands.add_parser("models", help="list, add, download and remove models")
    models.add_argument("--json", action="store_true", help="a JSON value on each line")
    actions = models.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="models here").set_defaults(act=run_list)
    for name, act, help_text in (
        ("add", run_add, "use a GGUF file, or all of a folder, where it lies"),
        ("import", run_add, "the same as add"),
        ("inspect", run_inspect, "what a file says of itself"),
        ("verify", run_verify, "read a model from end to end and compare its SHA-256"),
        ("remove", run_remove, "forget a file; it stays on the disk"),
    ):
        action = actions.add_parser(name, help=help_text)
        action.add_argument("path", type=Path, metavar=_MODEL)
        action.set_defaults(act=act)
    rename = actions.add_parser("rename", help="give a model a title; its file keeps its name")
    rename.add_argument("path", type=Path, metavar=_MODEL)
    rename.add_argument("title", nargs="?", default="", help="none: its own name again")
    rename.set_defaults(act=run_rename)
    delete = actions.add_parser("delete", help="delete a model of Loam's folder; restorable a day")
    delete.add_argument("path", type=Path, metavar=_MODEL)
    delete.add_argument("--now", action="store_true", help="for good")
    delete.set_defaults(act=run_delete)
    restore = actions.add_parser("restore", help="have a deleted model back, or list those")
    restore.add_argument("id", nargs="?", default="")
    restore.set_defaults(act=run_restore)
    plan = actions.add_parser("plan", help="where a model's layers would go, and whether it fits")
    plan.add_argument("path", type=Path, metavar=_MODEL)
    loading.add_flags(plan)
    plan.set_defaults(act=run_plan)
    loading.add_actions(actions)
    quantize = actions.add_parser("quantize", help="write a model again, smaller or larger")
    quantize.add_argument("path", type=Path, metavar=_MODEL)
    quantize.add_argument("type", help="Q8_0, Q6_K, Q4_K_M ...")
    quantize.set_defaults(act=run_quantize)
    hub.add_actions(actions)
    servers.add_actions(actions)
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
            _show(event.info, args.json)
        elif isinstance(event, Warned):
            watch.say(str(event.error))
    servers.show_all(loam.models.servers, args.json)
    return 0


def run_add(args: argparse.Namespace, loam: Loam) -> int:
    """Link a file, or those of a folder. Errors: MissingFile, NotAModel, BadInput, StoreError."""
    watch = Watcher(args.json)
    for event in loam.models.add(args.path):
        watch.see(event)
        if isinstance(event, Inspected):
            watch.clear()
            _show(event.info, args.json)
    return 0


def run_inspect(args: argparse.Namespace, loam: Loam) -> int:
    """Show a file's metadata. Errors: MissingFile, NotAModel."""
    _show(header.inspect(str(loam.models.here(args.path))), args.json)
    return 0


def run_verify(args: argparse.Namespace, loam: Loam) -> int:
    """Exit code 1 when the files are not what was downloaded. Errors: MissingFile."""
    watch, code = Watcher(args.json), 0
    for event in loam.model_files.verify(loam.models.here(args.path)):
        watch.see(event)
        if isinstance(event, Verified):
            watch.clear()
            code = 1 if event.good is False else 0
            if args.json:
                print_json(dataclasses.asdict(event))
                continue
            print(_VERDICTS[event.good])
            print("\n".join(event.sha256))
    return code


def run_rename(args: argparse.Namespace, loam: Loam) -> int:
    """Errors: BadInput, MissingFile, StoreError."""
    loam.models.rename(loam.models.here(args.path), args.title)
    return 0


def run_delete(args: argparse.Namespace, loam: Loam) -> int:
    """Errors: BadInput, MissingFile, StoreError."""
    done = loam.model_files.delete(loam.models.here(args.path), at_once=args.now)
    if args.json:
        print_json(dataclasses.asdict(done))
    elif not args.now:
        print(f"Deleted. For a day it can be had back: models restore {done.id}")
    return 0


def run_restore(args: argparse.Namespace, loam: Loam) -> int:
    """Errors: NotFound, BadInput, StoreError."""
    if args.id:
        path = str(loam.model_files.restore(args.id))
        print_json({"path": path}) if args.json else print(path)
        return 0
    for each in loam.model_files.deleted():
        if args.json:
            print_json(dataclasses.asdict(each))
        else:
            print(f"{each.id}  {size_words(each.size_bytes)}")
    return 0


def run_plan(args: argparse.Namespace, loam: Loam) -> int:
    """Errors: SettingRejected, MissingFile, NotAModel."""
    loading.take(args, loam.models)
    machine = loam.plans.machine(helpers=loam.models.helpers())
    spec = loam.models.as_chosen(loam.models.spec_of(str(loam.models.here(args.path))))
    found = loam.plans.plan(spec, machine)
    if args.json:
        print_json(loading.plan_json(found, machine))
    else:
        print(f"{in_words(found)}. {memory_words(found, machine)}.")
        print(f"Context {found.context:,} tokens: {found.fit}.")
    return 0


def run_quantize(args: argparse.Namespace, loam: Loam) -> int:
    """Errors: BadInput, MissingFile, those of the engine."""
    watch = Watcher(args.json)
    for event in loam.model_files.convert(loam.models.here(args.path), args.type):
        watch.see(event)
        if isinstance(event, Converted):
            watch.clear()
            if args.json:
                print_json(dataclasses.asdict(event))
            else:
                change = (event.after / event.before - 1) * 100
                print(event.path)
                print(f"Perplexity {event.before:.2f} before, {event.after:.2f} after", end=" ")
                print(f"({change:+.1f} %; lower is better)")
    return 0


def run_remove(args: argparse.Namespace, loam: Loam) -> int:
    """Forget a link. Errors: StoreError."""
    loam.models.remove(loam.models.here(args.path))
    return 0


def _show(info: ModelInfo, as_json: bool) -> None:
    kind = model_words.kind(info)
    if as_json:
        word = model_words.size_word(info.quantization)
        print_json({**dataclasses.asdict(info), "kind": kind, "size": word or ""})
        return
    parts = f" in {info.files} files" if info.files > 1 else ""
    licence = f", {info.licence}" if info.licence else ""
    use = f"{kind}{' (sees pictures)' if info.projector else ''}"
    print(
        f"{info.name}  {info.architecture}, {model_words.quality(info.quantization)}, {use}, "
        f"{size_words(info.size_bytes)}{parts}, context {info.context_trained:,}{licence}  "
        f"{info.path}"
    )
