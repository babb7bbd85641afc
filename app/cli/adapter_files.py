"""`adapter list|add|export|delete|restore`: the adapters of the profile."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from pathlib import Path
from typing import Any

from app.cli.output import Watcher, print_json
from app.core.errors import BadInput
from app.core.paths import Profile, existing_file
from app.core.types import AdapterInfo
from app.services.adapters import AdapterService, Added, Fit
from app.services.assemble import Loam, build


def add_parsers(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the actions."""
    listing = actions.add_parser("list", help="the adapters there are")
    listing.add_argument("--model", metavar="FILE", help="say which ones fit this model")
    listing.set_defaults(run=run_list)
    adding = actions.add_parser("add", help="copy an adapter into the profile")
    adding.add_argument("adapter", metavar="FILE")
    adding.add_argument("--model", metavar="FILE", help="refuse it unless it fits this model")
    adding.set_defaults(run=run_add)
    exporting = actions.add_parser("export", help="copy an adapter to where you want it")
    exporting.add_argument("adapter", metavar="ADAPTER", help="its name or its file")
    exporting.add_argument("--out", metavar="FILE", required=True)
    exporting.set_defaults(run=run_export)
    deleting = actions.add_parser("delete", help="delete an adapter; restore brings it back")
    deleting.add_argument("adapter", metavar="ADAPTER", help="its name or its file")
    deleting.set_defaults(run=run_delete)
    restoring = actions.add_parser("restore", help="bring a deleted adapter back, for 30 days")
    restoring.add_argument("adapter", metavar="FILE", help="where it was")
    restoring.set_defaults(run=run_restore)
    for parser in (listing, adding, exporting, deleting, restoring):
        parser.add_argument("--json", action="store_true")


def run_list(args: argparse.Namespace, profile: Profile) -> int:
    """Print them. Errors: MissingFile, NotAModel."""
    watch = Watcher(args.json)
    with contextlib.closing(build(profile)) as loam:
        infos = loam.adapters.all()
        reasons: dict[str, str | None] = {}
        if args.model:
            for event in loam.adapters.fits(str(existing_file(args.model)), infos):
                watch.see(event)
                if isinstance(event, Fit):
                    reasons[event.adapter.path] = event.why_not
        watch.clear()
        found = [_plain(loam, info, reasons) for info in infos]
    if args.json:
        print_json(found)
        return 0
    for each in found:
        line = f"{each['name']}: rank {each['rank']}, for {each['architecture']} models"
        if each.get("why_not"):
            line += f"; does not fit: {each['why_not']}"
        print(f"{line}\n  {each['path']}")
        if each["judgement"]:
            print(f"  {each['judgement']}")
    if not found:
        print("No adapters yet. Train one with: finetune")
    return 0


def run_add(args: argparse.Namespace, profile: Profile) -> int:
    """Errors: MissingFile, BadAdapter, StoreError."""
    watch = Watcher(args.json)
    model = str(existing_file(args.model)) if args.model else ""
    with contextlib.closing(build(profile)) as loam:
        for event in loam.adapters.add_for(existing_file(args.adapter), model):
            watch.see(event)
            if isinstance(event, Added):
                watch.clear()
                _say(args, event.adapter.path, "Added")
    return 0


def run_export(args: argparse.Namespace, profile: Profile) -> int:
    """Errors: BadInput, StoreError."""
    target = Path(args.out).expanduser().absolute()
    if target.is_dir():
        raise BadInput(problem=f"{target} is a folder; name a file.")
    with contextlib.closing(build(profile)) as loam:
        loam.adapters.export(_find(loam.adapters, args.adapter), target)
    _say(args, str(target), "Written")
    return 0


def run_delete(args: argparse.Namespace, profile: Profile) -> int:
    """Errors: BadInput, StoreError."""
    with contextlib.closing(build(profile)) as loam:
        path = _find(loam.adapters, args.adapter)
        loam.adapters.delete(path)
    _say(args, str(path), "Deleted")
    return 0


def run_restore(args: argparse.Namespace, profile: Profile) -> int:
    """Errors: NotFound, BadInput, StoreError."""
    path = Path(args.adapter).expanduser().absolute()
    with contextlib.closing(build(profile)) as loam:
        loam.adapters.restore(path)
    _say(args, str(path), "Restored")
    return 0


def _find(adapters: AdapterService, wanted: str) -> Path:
    """One of the profile's adapters by its file, or by a name that only one has."""
    infos = adapters.all()
    path = str(Path(wanted).expanduser().absolute())
    found = [each for each in infos if each.path == path]
    found = found or [each for each in infos if wanted in (each.name, Path(each.path).stem)]
    if len(found) != 1:
        how = "no" if not found else "more than one"
        raise BadInput(problem=f"There is {how} adapter {wanted} in this profile.")
    return Path(found[0].path)


def _plain(loam: Loam, info: AdapterInfo, reasons: dict[str, str | None]) -> dict[str, Any]:
    report = loam.judge.report(Path(info.path))
    plain = dataclasses.asdict(info)
    del plain["card"]
    plain["judgement"] = report.words if report else ""
    if info.path in reasons:
        plain["why_not"] = reasons[info.path]
    return plain


def _say(args: argparse.Namespace, path: str, done: str) -> None:
    if args.json:
        print_json({"path": path})
    else:
        print(f"{done}: {path}")
