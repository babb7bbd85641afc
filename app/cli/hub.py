"""`models search|files|catalog|download|downloads|token`: the hub from the terminal."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import getpass
import sys
from collections.abc import Iterator
from typing import Any

from app.cli.output import Watcher, print_json, size_words
from app.core import paths
from app.core.errors import BadInput, HubError, NotAModel
from app.core.hubnames import all_parts, local_name
from app.core.messages import Downloaded, HubFound, HubListing
from app.services import catalog
from app.services.assemble import Loam
from app.services.device_plan import fit_of_entry, fit_of_file, recommended
from app.services.download_record import record_id
from app.services.hub_shapes import HubShape


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the actions; each sets `act`, a function of the arguments and Loam."""
    listed = actions.add_parser("catalog", help="well-known models that can be downloaded")
    listed.set_defaults(act=run_catalog)
    search = actions.add_parser("search", help="search the model hub")
    search.add_argument("query", nargs="+")
    search.add_argument("--limit", type=int, default=20)
    search.set_defaults(act=run_search)
    files = actions.add_parser("files", help="the files of a model on the hub")
    files.add_argument("repository", metavar="OWNER/NAME")
    files.set_defaults(act=run_files)
    download = actions.add_parser("download", help="download a model, or go on with a download")
    download.add_argument("model", metavar="ID|OWNER/NAME|DOWNLOAD")
    download.add_argument("file", nargs="?", default="", help="one of `models files`, or a type")
    download.set_defaults(act=run_download)
    waiting = actions.add_parser("downloads", help="unfinished downloads")
    waiting.add_argument("--discard", metavar="DOWNLOAD", default="")
    waiting.set_defaults(act=run_downloads)
    token = actions.add_parser("token", help="keep an access token for the hub in the keyring")
    token.add_argument("change", choices=("set", "remove"))
    token.set_defaults(act=run_token)


def run_catalog(args: argparse.Namespace, loam: Loam) -> int:
    """The catalogue, the smallest model first, and how each file would run here."""
    models = catalog.read(paths.catalog())
    machine = loam.plans.machine()
    best = recommended(models, machine)
    for model in models:
        fits = [fit_of_entry(model, file, machine) for file in model.files]
        if args.json:
            made = dataclasses.asdict(model) | {"recommended": model == best}
            for file, fit in zip(made["files"], fits, strict=True):
                file["fit"] = fit
            print_json(made)
            continue
        sizes = ", ".join(
            f"{file.type} ~{size_words(file.size_bytes)} {fit}"
            for file, fit in zip(model.files, fits, strict=True)
        )
        mark = " (recommended here)" if model == best else ""
        print(f"{model.id}{mark}  {model.name}, {model.licence}: {sizes}. {model.about}")
    return 0


def run_search(args: argparse.Namespace, loam: Loam) -> int:
    """Repositories on the hub. Errors: BadInput, HubError tree."""
    for event in loam.hub.search(" ".join(args.query), args.limit):
        assert isinstance(event, HubFound)
        for found in event.repositories:
            if args.json:
                print_json(dataclasses.asdict(found))
            else:
                size = f", {found.parameters / 1e9:.1f} B parameters" if found.parameters else ""
                gate = ", its terms must be accepted first" if found.gated else ""
                licence = f", {found.licence}" if found.licence else ""
                print(f"{found.id}  {found.downloads:,} downloads{size}{licence}{gate}")
    return 0


def run_files(args: argparse.Namespace, loam: Loam) -> int:
    """GGUF files of a repository, and how each would run here. Errors: BadInput, HubError tree."""
    for event in loam.hub.files(args.repository):
        assert isinstance(event, HubListing)
        machine = loam.plans.machine()
        told = _looked_into(event, loam, Watcher(args.json))
        for file in event.files:
            fit = fit_of_file(file, event.repository, machine)
            if told and not local_name(file.name).lower().startswith("mmproj"):
                parts = all_parts(file.name)
                fit = told.fit(sum(x.size_bytes for x in event.files if x.name in parts), machine)
            if args.json:
                print_json(dataclasses.asdict(file) | {"fit": fit})
            else:
                print(f"{file.name}  {size_words(file.size_bytes)}, {fit}")
    return 0


def _looked_into(listing: HubListing, loam: Loam, watch: Watcher) -> HubShape | None:
    """What the header of one file tells; None where it can't be had, sizes then have to do."""
    found = None
    with contextlib.suppress(HubError, NotAModel):
        for event in loam.hub_shapes.look(listing):
            watch.see(event)
            if isinstance(event, HubShape):
                found = event
    watch.clear()
    return found


def run_download(args: argparse.Namespace, loam: Loam) -> int:
    """Download, by the catalogue's id, a repository, or what `downloads` lists. Errors: BadInput,
    HubError tree, NoRoom, NotAModel, StoreError."""
    watch = Watcher(args.json)
    for event in _download(args.model, args.file, loam):
        watch.see(event)
        if isinstance(event, Downloaded):
            watch.clear()
            if args.json:
                print_json(dataclasses.asdict(event))
            else:
                print("\n".join(event.paths))
    return 0


def _download(model: str, file: str, loam: Loam) -> Iterator[object]:
    if "/" in model:
        if not file:
            raise BadInput(problem=f"Which file? They are listed by: models files {model}")
        return loam.downloads.download(model, file)
    if any(each.id == model for each in loam.downloads.unfinished()):
        return loam.downloads.resume(model)
    known = {entry.id: entry for entry in catalog.read(paths.catalog())}
    entry = known.get(model)
    if entry is None:
        raise BadInput(problem=f"{model} is neither in the catalogue nor an unfinished download.")
    types = {each.type.lower(): each for each in entry.files}
    if file and file.lower() not in types:
        names = ", ".join(each.type for each in entry.files)
        raise BadInput(problem=f"The catalogue has {model} as {names}.")
    chosen = types[file.lower()] if file else entry.recommended
    return loam.downloads.download(entry.repository, chosen.names[0], chosen.sha256)


def run_downloads(args: argparse.Namespace, loam: Loam) -> int:
    """Unfinished downloads; --discard throws one away. Errors: NotFound, BadInput."""
    if args.discard:
        loam.downloads.discard(record_id(args.discard))
    for each in loam.downloads.unfinished():
        made: dict[str, Any] = dataclasses.asdict(each)
        if args.json:
            print_json(made)
        else:
            print(f"{each.id}  {each.done / each.total:.0%} of {size_words(each.total)}")
    return 0


def run_token(args: argparse.Namespace, loam: Loam) -> int:
    """Keep or forget the access token; it is typed or piped in, never an argument, where other
    programs could see it. Errors: BadInput, NoKeyring."""
    token = ""
    if args.change == "set":
        asked = sys.stdin.isatty()
        token = getpass.getpass("Access token: ") if asked else sys.stdin.readline()
        if not token.strip():
            raise BadInput(problem="No token was given.")
    loam.hub.set_token(token)
    return 0
