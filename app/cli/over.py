"""`--over everything|best|auto`: answers drawn from all passages of the documents."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import signal
import sys
from collections.abc import Iterator
from typing import Any

from app.core.messages import Offered, WentThrough
from app.core.paths import Profile
from app.core.process import Cancel, WorkerProcess
from app.core.types import Over
from app.services.answering import Answering
from app.services.everything.service import Everything
from app.services.library import LibraryService
from app.services.question import Question


def add_over_argument(parser: argparse.ArgumentParser, default: Over | None = Over.AUTO) -> None:
    """Declare it. default: None where the chat has one of its own."""
    parser.add_argument(
        "--over",
        choices=[each.value for each in Over],
        default=default and default.value,
        help="the best passages, everything, or what the question asks for",
    )


def answering(
    profile: Profile, engine: WorkerProcess, library: LibraryService, adhoc: bool
) -> Everything:
    """What answers, with the replies that are kept in the profile; adhoc: about files that are
    not in the person's library. Close it."""
    replies = profile.adhoc / "replies.sqlite3" if adhoc else profile.replies
    return Everything(engine, library, Answering(engine, library), replies, own=not adhoc)


def chosen(everything: Everything, question: Question, as_json: bool) -> Question:
    """The question as the person wants it: before a long run they are asked, when they are there
    to answer. Errors: of the library."""
    offer = everything.offer(question, Cancel())
    if offer is None:
        return question
    asked = question.over is Over.AUTO
    return dataclasses.replace(question, over=decided(offer, asked and not as_json))


def decided(offer: Offered, ask: bool) -> Over:
    """What is done about an offer, which is told; ask: whether the person may choose."""
    print(f"loam: {offer_line(offer)}", file=sys.stderr, flush=True)
    if not ask or not sys.stdin.isatty():
        return Over.EVERYTHING
    said = input("Go through everything? [Y/n] (n: answer from the best passages) ")
    return Over.BEST if said.strip().lower() in ("n", "no") else Over.EVERYTHING


@contextlib.contextmanager
def stoppable(cancel: Cancel) -> Iterator[None]:
    """While it lasts, the first Ctrl+C ends the run with what it has; a second one ends all."""

    def stop(*_: object) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def offer_line(offer: Offered) -> str:
    """What going through everything takes, as a line."""
    minutes = offer.seconds / 60
    time = "less than a minute" if minutes < 1 else f"about {round(minutes):,} minutes"
    why = f" because {offer.why}" if offer.why else ""
    return f"Going through {offer.passages:,} passages in {offer.files:,} documents{why}: {time}."


def went_json(went: WentThrough) -> dict[str, Any]:
    """What came of going through everything, in the documented form."""
    summed = {"sums": dict(went.sums), "unclear": went.unclear} if went.kind == "sum" else {}
    return {
        "kind": went.kind,
        "passages": went.passages,
        "of_passages": went.of_passages,
        "files": went.files,
        "by_model": went.by_model,
        "dropped": went.dropped,
        **summed,
        "items": [
            {
                "text": item.text,
                "count": item.count,
                "places": [
                    {"path": path, "start": start, "end": end} for path, start, end in item.places
                ],
            }
            for item in went.items
        ],
    }
