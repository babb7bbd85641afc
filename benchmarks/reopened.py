"""Time to the first word of a chat of 2,000 tokens that is opened again after a restart.

    python benchmarks/reopened.py [--rounds 5] [--threads N]

Two engines in turns, each started anew for every round and with the model loaded before the clock
starts: one that finds the chat's state on the disk, one that has to evaluate it. Medians go to
benchmarks/results/reopened.json. To reach: 50 times. Processor time, of the engine and its own
children from the question to the first word, says more on a machine with other work.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil

from app.core import paths
from app.core.messages import Generate, Generated, Load, Token, Turn
from app.core.process import WorkerProcess
from app.core.types import ModelSpec, Sampling
from app.engine.config import EngineConfig
from app.engine.threads import usable_cores
from app.services.default_record import default_chat_model

TOKENS = 2000
STATES = 1 << 30
SAMPLING = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=8)
FIRST = replace(SAMPLING, max_tokens=1)
LINE = "The river rises in the hills, turns the old mill and flows past the harbour. "


def turns(answer: str = "") -> tuple[Turn, ...]:
    """The chat, and when its answer is known, the next question."""
    first = Turn("user", LINE * (TOKENS // 18) + "What does the river turn?")
    return (first, Turn("assistant", answer), Turn("user", "And then?")) if answer else (first,)


def engine(folder: Path, states: Path | None) -> WorkerProcess:
    """A child that is not started yet."""
    config = EngineConfig(folder, states, STATES if states else 0)
    return WorkerProcess("The model", "app.engine.worker:Worker", config, folder, grace=60.0)


def first_token(
    worker: WorkerProcess, spec: ModelSpec, answer: str
) -> tuple[float, float, Generated]:
    """Seconds to the first word, processor seconds, and how the answer ended."""
    worker.ask(Load(spec))
    spent = processor_seconds(worker)
    begin, first = time.perf_counter(), 0.0
    for event in worker.stream(Generate(spec, FIRST, turns(answer))):
        if isinstance(event, Token) and not first:
            first = time.perf_counter() - begin
        if isinstance(event, Generated):
            return first, processor_seconds(worker) - spent, event
    raise RuntimeError("There was no answer")


def processor_seconds(worker: WorkerProcess) -> float:
    """Of the engine and the child that renders its templates."""
    engine = psutil.Process(worker.pid)
    used = [each.cpu_times() for each in (engine, *engine.children(recursive=True))]
    return sum(each.user + each.system for each in used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=usable_cores())
    given = parser.parse_args()
    model = default_chat_model(paths.bundled_models())
    assert model is not None, "make weights"
    spec = ModelSpec(str(model), 4096, threads=given.threads)
    figures: dict[str, list[float]] = {"saved": [], "evaluated": []}
    processor: dict[str, list[float]] = {"saved": [], "evaluated": []}
    load, reused, tokens = os.getloadavg()[0], 0, 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        states = folder / "states"
        with contextlib.closing(engine(folder, states)) as worker:
            request = Generate(spec, SAMPLING, turns())
            answer = "".join(e.text for e in worker.stream(request) if isinstance(e, Token))
            while not list(states.glob("*.state")):
                time.sleep(0.1)
        (state,) = states.glob("*.state")
        size, kept = state.stat().st_size, {f.name: f.read_bytes() for f in states.iterdir()}
        for _ in range(given.rounds):
            for name, data in kept.items():  # as it was, without what the last round added
                (states / name).write_bytes(data)
            for name, where in (("saved", states), ("evaluated", None)):
                with contextlib.closing(engine(folder, where)) as worker:
                    seconds, spent, end = first_token(worker, spec, answer)
                figures[name].append(seconds)
                processor[name].append(spent)
                if where:
                    reused, tokens = end.stats.prompt_cached, end.stats.prompt_tokens
    medians = {name: statistics.median(each) for name, each in figures.items()}
    worked = {name: statistics.median(each) for name, each in processor.items()}
    result = {
        "model": model.name,
        "threads": given.threads,
        "load_before": load,
        "prompt_tokens": tokens,
        "reused_tokens": reused,
        "state_bytes": size,
        "first_token_seconds": medians,
        "ratio": medians["evaluated"] / medians["saved"],
        "processor_seconds": worked,
        "processor_ratio": worked["evaluated"] / worked["saved"],
        "figures": figures,
        "processor_figures": processor,
    }
    target = Path(__file__).parent / "results" / "reopened.json"
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
