"""What a person's turns cost with flash attention always, and as Loam chooses it (auto).

    python benchmarks/attention.py [--rounds 5] [--threads N] [--model FILE]

Two engines on the processor, with states of their own, asked in turns: prompts that begin anew,
what follows in a long chat, answers, an answer from 1,500 tokens of passages, and a chat that is
opened again in an engine that has just started. Processor time of the engine and its children, and
the clock; medians, and the median of each round's ratio, go to benchmarks/results/attention.json.
A choice is good where no ratio is above 1.05 and those of long chats are well below 1.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.core import paths
from app.core.messages import Generate, Generated, Load, Token
from app.core.process import WorkerProcess
from app.core.types import LoadOptions, ModelSpec, Sampling
from app.engine.config import EngineConfig
from app.engine.threads import usable_cores
from app.services.default_record import default_chat_model

LINE = "The river rises in the hills, turns the old mill and flows past the harbour. "
PER_LINE = 18  # tokens
ANSWER = 100
STEPS = 8  # of `turns`
WAYS = ("on", "auto")


@dataclass(frozen=True)
class Cost:
    """Seconds of the processor and by the clock."""

    processor: float
    clock: float


class Engine:
    """One child, with a folder of states."""

    def __init__(self, folder: Path, spec: ModelSpec) -> None:
        folder.mkdir(exist_ok=True)
        self._spec = spec
        config = EngineConfig(folder, folder / "states", 1 << 30)
        self.worker = WorkerProcess(
            "The model", "app.engine.worker:Worker", config, folder, grace=60
        )
        self.worker.ask(Load(spec))

    def ask(self, prompt: str, tokens: int = 1) -> tuple[Cost, str, Generated]:
        """The cost of an answer of so many tokens, the answer, and how it ended."""
        sampling = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=tokens)
        spent, begin, text = self._spent(), time.perf_counter(), ""
        for event in self.worker.stream(Generate(self._spec, sampling, prompt=prompt)):
            if isinstance(event, Token):
                text += event.text
            if isinstance(event, Generated):
                return Cost(self._spent() - spent, time.perf_counter() - begin), text, event
        raise RuntimeError("There was no answer")

    def _spent(self) -> float:
        found = psutil.Process(self.worker.pid)
        used = [each.cpu_times() for each in (found, *found.children(recursive=True))]
        return sum(each.user + each.system for each in used)


def text_of(tokens: int, salt: int) -> str:
    """About so many tokens that begin like no other text."""
    return f"{salt * 7919} " + LINE * (tokens // PER_LINE)


def turns(engine: Engine, salt: int) -> Iterator[tuple[str, Cost]]:
    """What a person may do, and its cost; a short chat comes between long ones."""
    for tokens in (256, 1000, 2000):
        yield f"prompt of {tokens}", engine.ask(text_of(tokens, salt + tokens))[0]
    chat = text_of(2000, salt + 2000)
    for more in (32, 128):
        chat += "Then " + LINE * round(more / PER_LINE)
        yield f"{more} more after 2000", engine.ask(chat)[0]
    yield f"answer of {ANSWER} at 2000", engine.ask(chat + "So it", ANSWER)[0]
    short = text_of(128, salt + 1)
    yield f"short chat, answer of {ANSWER}", engine.ask(short, ANSWER)[0]
    passages = text_of(1500, salt + 2)
    yield f"document answer of {ANSWER}", engine.ask(passages, ANSWER)[0]


def reopened(folder: Path, spec: ModelSpec, salt: int) -> Cost:
    """The first word to a question of some ten tokens in a chat of 2,000 after a start."""
    chat, states = text_of(1940, salt), folder / "states"
    with contextlib.closing(Engine(folder, spec).worker) as worker:
        sampling = Sampling(temperature=0, max_tokens=1)
        worker.ask(Generate(spec, sampling, prompt=chat))
        while not list(states.glob("*.state")):
            time.sleep(0.1)
    engine = Engine(folder, spec)
    with contextlib.closing(engine.worker):
        cost, _, end = engine.ask(chat + "And what does it do then?")
    assert end.stats.prompt_cached > 1500, "the state was not found"
    return cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--model", default=str(default_chat_model(paths.bundled_models()) or ""))
    given = parser.parse_args()
    load = os.getloadavg()[0]
    figures: dict[str, dict[str, list[Cost]]] = {}
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as open_engines:
        engines: dict[str, Engine] = {}
        specs = {
            way: ModelSpec(
                given.model, 4096, 0, given.threads, options=LoadOptions(flash_attention=way)
            )
            for way in WAYS
        }
        for way in WAYS:
            engines[way] = Engine(Path(place) / way, specs[way])
            open_engines.enter_context(contextlib.closing(engines[way].worker))
            engines[way].ask("A start.")

        def note(name: str, way: str, cost: Cost) -> None:
            figures.setdefault(name, {}).setdefault(way, []).append(cost)
            print(
                f"  {name}, {way}: {cost.processor:.3f} s, by the clock {cost.clock:.3f} s",
                flush=True,
            )

        for number in range(1, given.rounds + 1):
            # Step by step in turns, and who is first changes.
            order = WAYS if number % 2 else WAYS[::-1]
            running = {way: turns(engines[way], number * 10_000) for way in order}
            for _ in range(STEPS):
                for way in order:
                    name, cost = next(running[way])
                    note(name, way, cost)
            for way in order:
                cost = reopened(Path(place) / f"{way} {number}", specs[way], number)
                note("reopened chat", way, cost)
    table: dict[str, dict[str, float]] = {}
    for name, ways in figures.items():
        pairs = list(zip(ways["auto"], ways["on"], strict=True))
        table[name] = {
            **{
                f"{way} processor": statistics.median(c.processor for c in ways[way])
                for way in WAYS
            },
            **{f"{way} clock": statistics.median(c.clock for c in ways[way]) for way in WAYS},
            "processor ratio": statistics.median(a.processor / b.processor for a, b in pairs),
            "clock ratio": statistics.median(a.clock / b.clock for a, b in pairs),
        }
        row = table[name]
        print(
            f"{name:<28}{row['on processor']:8.3f}{row['auto processor']:8.3f}"
            f"{row['processor ratio']:7.2f} {row['clock ratio']:7.2f}"
        )
    result = {
        "model": Path(given.model).name,
        "threads": given.threads,
        "rounds": given.rounds,
        "load_before": load,
        "seconds": table,
    }
    target = Path(__file__).parent / "results" / "attention.json"
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
