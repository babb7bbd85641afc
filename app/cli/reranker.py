"""`documents reranker show|use|off`: the model that puts what a search finds in order."""

from __future__ import annotations

import argparse
import contextlib

from app.cli.output import Watcher, print_json
from app.cli.over import stoppable
from app.core.messages.reranking import RerankerTried
from app.core.paths import Profile, existing
from app.core.process import Cancel
from app.services.assemble import Loam, build


def add_parser(groups: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command below `documents`."""
    reranker = groups.add_parser("reranker", help="the model that orders the best passages")
    actions = reranker.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="which one it is, and how long it takes")
    use = actions.add_parser("use", help="try one and use it from now on")
    use.add_argument("path", metavar="PATH", help="the folder of a cross-encoder, or a GGUF file")
    off = actions.add_parser("off", help="search without one")
    for each in (show, use, off):
        each.add_argument("--json", action="store_true", help="one JSON object")
        each.set_defaults(run=run_reranker)


def run_reranker(args: argparse.Namespace, profile: Profile) -> int:
    """Errors: MissingFile, BadReranker."""
    tried: RerankerTried | None = None
    cancel = Cancel()
    with contextlib.closing(build(profile)) as loam, stoppable(cancel):
        if args.action == "off":
            loam.reranking.off()
        elif args.action == "use":
            path = str(existing(args.path))
            Watcher(args.json).say("Trying the model.")
            tried = loam.reranking.use(path, cancel)
        elif loam.reranking.chosen:
            tried = loam.reranking.look(loam.reranking.chosen, cancel)
        _show(loam, tried, args.json)
    return 0


def _show(loam: Loam, tried: RerankerTried | None, as_json: bool) -> None:
    chosen = loam.reranking.chosen
    if as_json:
        print_json({"reranker": chosen or None, "seconds": tried and round(tried.seconds, 2)})
    elif tried is None:
        print("No reranking model: passages stay in the order of words and meaning.")
    else:
        print(
            f"{chosen} puts the best passages in order; a search takes {tried.seconds:.1f} s more."
        )
