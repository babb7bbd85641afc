"""`models connect|servers|disconnect`: models on servers that speak the OpenAI API."""

from __future__ import annotations

import argparse
import dataclasses
import getpass
import sys
from pathlib import Path
from typing import Any

from app.cli.output import Watcher, print_json
from app.core import servernames
from app.core.errors import BadInput
from app.core.paths import existing_file
from app.core.types import Server, ServerModel
from app.services import server_book
from app.services.assemble import Loam
from app.services.server_book import ServerBook
from app.services.servers import ServerService


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the actions; each sets `act`, a function of the arguments and Loam."""
    connect = actions.add_parser(
        "connect", help="use models of a server (llama-server, Ollama ...)"
    )
    connect.add_argument("address", metavar="URL", help="such as http://192.168.1.5:8080")
    connect.add_argument("--name", default="", help="what you call the server")
    connect.add_argument("--model", action="append", default=[], metavar="NAME", help="repeatable")
    connect.add_argument("--all", action="store_true", help="all models that the server has")
    connect.add_argument("--key-from-stdin", action="store_true", help="its key, piped or typed")
    connect.add_argument(
        "--context", type=int, default=0, metavar="TOKENS", help="where the server does not tell"
    )
    connect.add_argument(
        "--allow-documents", action="store_true", help="passages of your documents may go there"
    )
    connect.add_argument(
        "--certificate", type=Path, metavar="FILE", help="whom to trust there (.pem), if your own"
    )
    connect.set_defaults(act=run_connect)
    actions.add_parser("servers", help="servers connected to").set_defaults(act=run_servers)
    disconnect = actions.add_parser("disconnect", help="forget a server, its models and its key")
    disconnect.add_argument("address", metavar="URL|NAME")
    disconnect.set_defaults(act=run_disconnect)


def run_connect(args: argparse.Namespace, loam: Loam) -> int:
    """Ask a server for its models and keep those that are named, beside those kept before; without
    a name they are listed and nothing is kept, unless there is only one. Errors: BadInput,
    ServerError tree, NoKeyring."""
    book = loam.models.servers
    address = servernames.checked(args.address)
    known = next((each for each in book.servers() if each.address == address), None)
    key = _typed_key() if args.key_from_stdin else book.key(known) if known else ""
    certificate = known.certificate if known else ""
    if args.certificate:
        certificate = str(existing_file(args.certificate))
    servers = ServerService(book, loam.profile.logs)
    try:
        found = servers.look(address, key, certificate=certificate)
    finally:
        servers.close(0.5)
    names = [each.name for each in found.models]
    wanted = list(dict.fromkeys(args.model)) or (names if args.all or len(names) == 1 else [])
    for name in wanted:
        if name not in names:
            raise BadInput(problem=f"{args.address} has no model {name}, but {_listed(names)}.")
    watch = Watcher(args.json)
    if servernames.is_open(address):
        watch.say(f"Text goes to {servernames.place(address)} without encryption.")
    if not wanted:
        for model in found.models:
            print_json(dataclasses.asdict(model)) if args.json else print(model.name)
        watch.say("Nothing is kept yet. Choose with --model NAME or --all.")
        return 2
    if args.context < 0:
        raise BadInput(problem=f"--context must be a number of tokens, not {args.context}.")
    before = {each.name: each.context for each in known.models} if known else {}
    models = tuple(
        ServerModel(each.name, each.context or args.context or before.get(each.name, 0))
        for each in found.models
        if each.name in wanted or each.name in before
    )
    kept = known or Server(address)
    kept = dataclasses.replace(
        kept,
        title=args.name or kept.title,
        models=models,
        kind=found.kind,
        documents=kept.documents or args.allow_documents,
        certificate=certificate,
    )
    if found.kind not in servernames.SAMPLERS:
        watch.say("Top-k, min-p and repeat penalty have no effect there: it takes none of them.")
    _show(book.put(kept, key if args.key_from_stdin else None), args.json)
    return 0


def run_servers(args: argparse.Namespace, loam: Loam) -> int:
    """All servers, a line for each model."""
    for server in loam.models.servers.servers():
        _show(server, args.json)
    return 0


def run_disconnect(args: argparse.Namespace, loam: Loam) -> int:
    """Errors: ServerForgotten, StoreError."""
    book = loam.models.servers
    found = [each for each in book.servers() if server_book.title(each) == args.address]
    address = found[0].address if found else servernames.checked(args.address)
    loam.models.disconnect(address)
    return 0


def show_all(book: ServerBook, as_json: bool) -> None:
    """The models on servers, a line each."""
    for server in book.servers():
        for model in server.models:
            _show_model(server, model, as_json)


def _show(server: Server, as_json: bool) -> None:
    if as_json:
        print_json({**dataclasses.asdict(server), "where": servernames.where(server.address)})
        return
    for model in server.models:
        _show_model(server, model, as_json)


def _show_model(server: Server, model: ServerModel, as_json: bool) -> None:
    path = servernames.join(server.address, model.name)
    where = servernames.where(server.address)
    if as_json:
        made: dict[str, Any] = {"path": path, "name": model.name, "kind": "server"}
        print_json({**made, "context": model.context, "where": where})
        return
    context = f", context {model.context:,}" if model.context else ""
    print(f"{model.name}  on {server_book.title(server)}{context}. {where}  {path}")


def _typed_key() -> str:
    """Typed unseen, or one line of stdin: an argument could be seen by other programs."""
    asked = sys.stdin.isatty()
    key = getpass.getpass("Key of the server: ") if asked else sys.stdin.readline()
    if not key.strip():
        raise BadInput(problem="No key was given.")
    return key.strip()


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:10])
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "") or "none"


def told(path: str) -> None:
    """Say where text goes before it does, when the model is on a server."""
    if servernames.is_remote(path) and not servernames.is_here(servernames.split(path)[0]):
        Watcher().say(f"{servernames.where(path)}.")
