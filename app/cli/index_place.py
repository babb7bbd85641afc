"""`documents index show|server|local`: where the index by meaning lives."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import sys
import time
from typing import Any

from app.cli import embedding, notes, reranker
from app.cli.output import Watcher, print_json
from app.core import servernames
from app.core.errors import BadInput
from app.core.messages import HealthReport, Progress
from app.core.paths import Profile
from app.services.assemble import Loam, build

_LEAVES = (
    "A row of numbers (a vector) for each passage and each question goes to {place}, never their "
    "text. From such numbers parts of a text can be guessed."
)
_LONGEST_S = 20.0
_UNSETTLED = ("starting", "rebuilding")


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("documents", help="paste texts; where the index is kept")
    groups = parser.add_subparsers(dest="group", required=True, metavar="WHAT")
    embedding.add_parser(groups)
    reranker.add_parser(groups)
    notes.add_parser(groups)
    index = groups.add_parser("index", help="the index by meaning: on this machine or on a server")
    actions = index.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="where it is and how it is")
    there = actions.add_parser("server", help="keep it on a Chroma server")
    there.add_argument("address", metavar="URL", help="such as http://192.168.1.5:8000")
    there.add_argument("--allow", action="store_true", help="vectors of passages may go there")
    there.add_argument("--token-from-stdin", action="store_true", help="its token, piped or typed")
    there.add_argument("--tenant", default="", metavar="NAME")
    there.add_argument("--database", default="", metavar="NAME")
    there.add_argument("--test", action="store_true", help="only ask whether it can be used")
    here = actions.add_parser("local", help="keep it here, and delete what the server has of it")
    for each, act in ((show, run_show), (there, run_server), (here, run_local)):
        each.add_argument("--json", action="store_true", help="one JSON object")
        each.set_defaults(run=_run, act=act)


def run_show(args: argparse.Namespace, loam: Loam) -> int:
    """Where the index is, once it is known how it is."""
    _show(loam, _settled(loam, args.json), args.json)
    return 0


def run_server(args: argparse.Namespace, loam: Loam) -> int:
    """Keep the index on a server. Errors: BadInput, IndexStays, IndexServerError, NoKeyring."""
    token = _typed_token() if args.token_from_stdin else None
    seen = loam.index_place.test(args.address, token, args.tenant, args.database)
    if args.test:
        if args.json:
            print_json({"version": seen.version, "collections": seen.collections})
        else:
            print(f"Chroma {seen.version} answers; it has {seen.collections} of your collections.")
        return 0
    loam.index_place.use(args.address, token, args.tenant, args.database, args.allow)
    address = loam.index_place.where.address
    watch = Watcher(args.json)
    if not servernames.is_here(address):
        watch.say(_LEAVES.format(place=servernames.place(address)))
    if servernames.is_open(address):
        watch.say("It goes without encryption: others on the network can read it.")
    _show(loam, _settled(loam, args.json), args.json)
    return 0


def run_local(args: argparse.Namespace, loam: Loam) -> int:
    """Back to this machine. Gives 1 when the server keeps what it has."""
    place = servernames.place(loam.index_place.where.address)
    problem = loam.index_place.back()
    if problem is not None:
        reason = problem.params.get("reason", "")
        Watcher(args.json).say(f"What {place} has of the index could not be deleted ({reason}).")
    _show(loam, loam.library.health(), args.json)
    return 0 if problem is None else 1


def state_words(report: HealthReport, waits: str) -> str:
    """How the index is, in a line. waits: the place that the person has not agreed to."""
    where = f" on {servernames.place(report.server)}" if report.server else ""
    if report.trouble is not None:
        return f"{report.dense_index}{where}: {report.trouble}"
    agree = f" ({waits} waits for your leave)" if waits else ""
    return f"{report.dense_index}{where}{agree}"


def waiting(loam: Loam) -> str:
    """The server that the person has not agreed to yet; '' for none."""
    now = loam.index_place.where
    return servernames.place(now.address) if now.waits else ""


def tell(report: HealthReport, watch: Watcher) -> None:
    """Say it when the index is away."""
    if report.trouble is not None:
        watch.say(str(report.trouble))


def _run(args: argparse.Namespace, profile: Profile) -> int:
    with contextlib.closing(build(profile)) as loam:
        return int(args.act(args, loam))


def _settled(loam: Loam, as_json: bool) -> HealthReport:
    """The index on a server when it is ready or known to be away; it goes on without us, else."""
    watch = Watcher(as_json)
    until = time.monotonic() + _LONGEST_S
    report = loam.library.health()
    while report.server and report.dense_index in _UNSETTLED and time.monotonic() < until:
        watch.see(Progress("Bringing the index up to date there", 0, 0))
        time.sleep(0.2)
        report = loam.library.health()
    watch.clear()
    return report


def _show(loam: Loam, report: HealthReport, as_json: bool) -> None:
    now = loam.index_place.where
    if as_json:
        made: dict[str, Any] = {
            "server": report.server,
            "state": report.dense_index,
            "trouble": str(report.trouble) if report.trouble else "",
            "passages": report.passages,
            "waits_for_leave": now.waits,
            "chosen": now.address,
            "has_token": now.has_token,
            "tenant": now.tenant,
            "database": now.database,
        }
        print_json(made)
        return
    where = servernames.place(report.server) if report.server else "this machine"
    unopened = not report.server and report.dense_index == "starting"
    state = "the next search opens it" if unopened else state_words(report, waiting(loam))
    print(f"The index by meaning is on {where}: {state}.")
    print(f"{report.passages:,} passages; texts, words and the truth are on this machine.")


def _typed_token() -> str:
    """Typed unseen, or one line of stdin: an argument could be seen by other programs."""
    asked = sys.stdin.isatty()
    token = getpass.getpass("Token of the server: ") if asked else sys.stdin.readline()
    if not token.strip():
        raise BadInput(problem="No token was given.")
    return token.strip()
