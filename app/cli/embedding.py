"""`documents embedder show|use|default`: the model that searches documents by meaning."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from typing import Any

from app.cli.output import Watcher, print_json
from app.cli.over import stoppable
from app.core.messages import EmbedderSeen
from app.core.paths import Profile, existing
from app.core.process import Cancel
from app.core.types import EmbedderFacts, EmbedderState
from app.services.assemble import Loam, build
from app.services.embedding import absolute


def add_parser(groups: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command below `documents`."""
    embedder = groups.add_parser("embedder", help="the model that compares meaning")
    actions = embedder.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="which one it is, and how far the library is with it")
    use = actions.add_parser("use", help="prepare the documents for another one (Ctrl+C stops)")
    use.add_argument("path", metavar="PATH", help="a sentence-transformers folder or a GGUF file")
    default = actions.add_parser("default", help="back to the one that comes with Loam")
    for each, act in ((show, run_show), (use, run_use), (default, run_use)):
        each.add_argument("--json", action="store_true", help="one JSON object")
        each.set_defaults(run=_run, act=act)


def run_show(args: argparse.Namespace, loam: Loam) -> int:
    """The model and how far the library is."""
    _show(loam.embedding.look(), args.json)
    return 0


def run_use(args: argparse.Namespace, loam: Loam) -> int:
    """Change to a model, or go on with that. Gives 1 when it was stopped. Errors: MissingFile,
    BadEmbedder."""
    place = absolute(str(existing(args.path))) if args.action == "use" else ""
    watch, cancel = Watcher(args.json), Cancel()
    state: EmbedderState | None = None
    with stoppable(cancel):
        for event in loam.embedding.use(place, cancel):
            watch.see(event)
            if isinstance(event, EmbedderSeen):
                if state is None and event.state.is_due and event.state.seconds > 1:
                    left = event.state.passages - event.state.ready
                    time = _time(event.state.seconds)
                    watch.say(f"{left:,} passages to prepare, about {time}.")
                state = event.state
    watch.clear()
    assert state is not None
    _show(state, args.json)
    return 1 if state.is_due else 0


def _run(args: argparse.Namespace, profile: Profile) -> int:
    with contextlib.closing(build(profile)) as loam:
        return int(args.act(args, loam))


def _show(state: EmbedderState, as_json: bool) -> None:
    if as_json:
        made: dict[str, Any] = dataclasses.asdict(state)
        print_json({**made, "due": state.is_due})
        return
    current = _named(state.current)
    print(f"{state.passages:,} passages are searched with {current}.")
    if state.words:
        print("Their vectors are being replaced: until that is done only words are searched.")
    if state.wanted is None:
        print(state.problem)
    elif state.is_due:
        print(
            f"{state.ready:,} of them are prepared for {_named(state.wanted)}; the window goes on "
            "with it, and so does 'documents embedder use'."
        )


def _named(facts: EmbedderFacts) -> str:
    where = f" ({facts.place})" if facts.place else ", the default"
    return f"{facts.name or 'no model yet'}{where}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"
