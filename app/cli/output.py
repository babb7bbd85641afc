"""How commands print: answers on stdout, progress and warnings on stderr, JSON when asked."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from app.core.errors import LoamError
from app.core.messages import AnswerDone, FileChanged, Loaded, Progress, Warned
from app.core.types import DocumentFile, FileState, Hit, Source, ToolStep
from app.services import checking
from app.services.export import checks_json

# Control characters, line ends of other scripts, and what turns the direction of writing.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_TROUBLE = (FileState.EMPTY, FileState.SCANNED, FileState.PASSWORD, FileState.FAILED)


def print_json(value: object) -> None:
    """One JSON value on one line."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def one_line(text: str) -> str:
    """A text with its control characters, such as line ends in names of files, made visible: they
    could pass for other lines, or steer the terminal."""
    return _UNSEEN.sub(lambda match: ascii(match[0])[1:-1], text)


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit in the documented form."""
    passage = hit.passage
    return {
        "path": passage.path,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": round(hit.score, 6),
        "rerank_rank": hit.rerank_rank or None,
        "heading": list(passage.heading),
    }


def answer_json(done: AnswerDone) -> dict[str, Any]:
    """An answer in the documented form."""
    return {
        "answer": done.text,
        "declined": done.declined,
        "note": done.note,
        "steps": [dataclasses.asdict(step) for step in done.steps],
        "sources": [{"number": s.number, **hit_json(s.hit)} for s in done.sources],
        "checks": checks_json(done.checks),
        "tokens_per_second": round(done.stats.answer_rate, 2) if done.stats else 0.0,
        "helpers": list(done.stats.helpers) if done.stats else [],
    }


def source_line(source: Source) -> str:
    """A source as a line for people."""
    passage = source.hit.passage
    page = f", page {passage.page}" if passage.page else ""
    heading = f", {' > '.join(passage.heading)}" if passage.heading else ""
    return one_line(f"[{source.number}] {Path(passage.path).name}{page}{heading}")


def size_words(count: int) -> str:
    """'1.4 GB', in units of 1,000 as the window and the makers of disks count."""
    unit, name = next(
        ((u, n) for u, n in ((10**9, "GB"), (10**6, "MB")) if count >= u), (1000, "kB")
    )
    value = count / unit
    return f"{value:,.0f} {name}" if value >= 100 else f"{value:.1f} {name}"


def check_lines(done: AnswerDone) -> list[str]:
    """What became of the sentences of an answer, for people."""
    doubts = [
        f"  {' '.join(done.text[each.start : each.end].split())}\n    {checking.doubt(each)}"
        for each in done.checks
        if not each.supported
    ]
    return [checking.summary(done.checks), *doubts] if done.checks else []


def step_line(step: ToolStep) -> str:
    """A tool that the model called, as a line for people."""
    found = ", ".join(step.found) if step.found else step.problem
    return f"the model searched for “{step.asked}”: {found}"


def trouble_line(file: DocumentFile) -> str:
    """Why a document can't be used."""
    return one_line(f"{file.path}: {file.detail or file.state.value}")


class Watcher:
    """Shows progress on a terminal's stderr and warnings always; silent about progress in pipes."""

    def __init__(self, quiet: bool = False) -> None:
        self._live = sys.stderr.isatty() and not quiet
        self._started: dict[str, float] = {}
        self._shown_at = 0.0
        self._dirty = False

    def see(self, event: object) -> None:
        """Show an event if it is one to be shown."""
        if isinstance(event, Progress):
            self._progress(event)
        elif isinstance(event, Warned):
            self.say(str(event.error))
        elif isinstance(event, Loaded) and not event.again:
            for why in event.model.unused:
                if why.there:
                    self.say(str(why))
        elif isinstance(event, FileChanged) and event.file.state in _TROUBLE:
            self.say(trouble_line(event.file))

    def say(self, text: str) -> None:
        """A line on stderr."""
        self.clear()
        print(f"loam: {text}", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the progress line away."""
        if self._dirty:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._dirty = False

    def _progress(self, progress: Progress) -> None:
        now = time.monotonic()
        if not self._live or (now - self._shown_at < 0.1 and progress.done < progress.total):
            return
        began = self._started.setdefault(progress.what, now)
        self._shown_at = now
        self._dirty = True
        share = f" {progress.fraction:4.0%}" if progress.total else ""
        left = ""
        if progress.fraction and now - began > 2:
            seconds = (now - began) * (1 - progress.fraction) / progress.fraction
            left = f", about {seconds:.0f} s left"
        line = f"{progress.what}{share}{left}"
        print(f"\r\033[K{line[:100]}", end="", file=sys.stderr, flush=True)


def complain(error: LoamError) -> None:
    """An error as one line on stderr."""
    print(f"loam: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
