"""How a model is loaded, on the terminal: flags made from core/load_settings.py, and `models
settings`, which keeps them for a model.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import shlex
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from app.cli.output import Watcher, print_json
from app.core import declared, load_settings
from app.core.errors import LoamError, NotAModel
from app.core.load_settings import LoadSettings
from app.core.servernames import is_remote
from app.core.types import LoadedModel, ModelSpec
from app.core.unused import UnusedDevice
from app.engine.plan import Machine, Plan
from app.services import smaller
from app.services.assemble import Loam
from app.services.device_plan import DevicePlans, in_words, memory_words
from app.services.models import ModelService

_SHORT = {"context_length": "--context"}
_PREFIX = "load_"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare a flag for each setting; those that are not given count as they are kept."""
    group = parser.add_argument_group("loading the model")
    for name, shown in load_settings.shown().items():
        flags = ["--" + name.replace("_", "-"), *([_SHORT[name]] if name in _SHORT else [])]
        default = load_settings.DEFAULTS[name]
        words = "on|off" if isinstance(default, bool) else _choices(default) or "N"
        group.add_argument(
            *flags,
            dest=_PREFIX + name,
            metavar={"split": "SHARES", "draft": "FILE", "projector": "FILE|none"}.get(name, words),
            help=shown.help.replace("%", "%%"),
        )


def given(args: argparse.Namespace) -> dict[str, object]:
    """The settings that were given as flags. Errors: SettingRejected."""
    return {
        name: declared.parse(name, value, LoadSettings)
        for name in load_settings.DEFAULTS
        if (value := getattr(args, _PREFIX + name, None)) is not None
    }


def take(args: argparse.Namespace, models: ModelService) -> None:
    """Let the flags count for all that this command loads. Errors: SettingRejected."""
    models.for_now = given(args)
    LoadSettings().changed(**models.for_now)


@contextlib.contextmanager
def advising(
    models: ModelService, plans: DevicePlans, spec: ModelSpec | None = None
) -> Iterator[None]:
    """Say what to do when memory runs out within; the error goes on. spec: none for that of new
    chats."""
    try:
        yield
    except LoamError as error:
        if smaller.ran_out(error, models):
            with contextlib.suppress(LoamError):
                proposal = smaller.propose(spec or models.spec_for(), error, plans.machine())
                if proposal is not None:
                    Watcher().say(f"{proposal.words}: {_command(proposal)}")
        raise


def _command(proposal: smaller.Proposal) -> str:
    flags = [f"--{name.replace('_', '-')} {value}" for name, value in proposal.settings.items()]
    return f"models settings {shlex.quote(proposal.spec.path)} {' '.join(flags)}"


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `models settings`."""
    action = actions.add_parser("settings", help="how a model is loaded: show and change it")
    action.add_argument("path", type=Path)
    action.add_argument("--reset", action="store_true", help="all as by default, then the flags")
    add_flags(action)
    action.set_defaults(act=run_settings)


def run_settings(args: argparse.Namespace, loam: Loam) -> int:
    """Change and show; the plan that follows from it last. Errors: MissingFile, NotAModel,
    SettingRejected, StoreError."""
    if is_remote(str(args.path)):
        raise NotAModel(path=args.path, reason="it is loaded by its server")
    path, changes = loam.models.here(args.path), given(args)
    before = LoadSettings() if args.reset else loam.models.loading(path)
    now = before.changed(**changes)
    machine = loam.plans.machine(helpers=loam.models.helpers())
    plan = loam.plans.plan(now.put_on(loam.models.spec_of(str(path))), machine)
    if args.reset or changes:
        loam.models.set_loading(path, now)
    if args.json:
        print_json({**dataclasses.asdict(now), "plan": plan_json(plan, machine)})
        return 0
    for name, shown in load_settings.shown().items():
        value = getattr(now, name)
        own = "" if value == load_settings.DEFAULTS[name] else "  (chosen)"
        print(f"{name}={value}{own}  # {shown.help}")
    print(f"{in_words(plan)}. {memory_words(plan, machine)}: {plan.fit}.")
    return 0


def plan_json(plan: Plan, machine: Machine) -> dict[str, object]:
    """A plan with its sums."""
    free = machine.free + sum(card.free for card in machine.cards)
    return {**dataclasses.asdict(plan), "total_bytes": plan.total_bytes, "free_bytes": free}


def loaded_json(model: LoadedModel) -> dict[str, object]:
    """A model in memory and where it really runs."""
    found = dataclasses.asdict(dataclasses.replace(model, unused=()))
    return {**found, "unused": [unused_json(each) for each in model.unused]}


def unused_json(why: UnusedDevice) -> dict[str, object]:
    """Why a device is not used."""
    return {"reason": why.reason, "what": why.what_text, "do": why.do_text, "there": why.there}


def loaded_words(model: LoadedModel) -> str:
    """'offloaded 22/29 layers, 2.3 GB of memory, context 4,096, flash attention'."""
    taken = sum(each.size_bytes for each in model.buffers)
    layers = f"offloaded {model.gpu_layers}/{model.total_layers} layers"
    way = "flash attention" if model.flash_attention else "no flash attention"
    return f"{layers}, {taken / 1e9:.2f} GB of memory, context {model.context_length:,}, {way}"


def _choices(default: object) -> str:
    return "|".join(type(default)) if isinstance(default, StrEnum) else ""
