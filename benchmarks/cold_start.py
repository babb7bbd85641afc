"""From the start of a process to the first word of an answer, against xllamacpp from PyPI.

    python benchmarks/cold_start.py --rival PYTHON [--rounds 7] [--threads N] [--model FILE]

PYTHON: an interpreter that has xllamacpp; Loam's own never gets it:

    python -m venv /tmp/rival && /tmp/rival/bin/pip install xllamacpp

Without it only our own time is measured. Each round starts one process of each kind, in turns: our
engine's child as the window starts it, and a Python that imports xllamacpp and asks its server,
without the run that warms it up. Same file, context, threads, messages and greedy sampling. The
clock begins before a process is asked for and ends when its first text arrives here through a pipe.
Processor time is that of all processes of a kind from their start to their end, an answer of
ANSWER tokens in it. Medians go to benchmarks/results/cold_start.json. To reach: at most 1.0 times.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from app.core import paths
from app.core.messages import Generate, Token, Turn
from app.core.process import WorkerProcess
from app.core.types import ModelSpec, Sampling
from app.engine.config import EngineConfig
from app.engine.threads import usable_cores
from app.services.default_record import default_chat_model

CONTEXT, ANSWER = 4096, 4
QUESTION = "What is a ferry?"
RIVAL = """
import json, sys
import xllamacpp
model, threads, context, question, answer = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path = model
params.n_ctx, params.n_parallel, params.warmup = int(context), 1, False
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = int(threads)
server = xllamacpp.Server(params)

def told(event):
    for choice in event.get("choices", ()):
        if text := choice.get("delta", {}).get("content"):
            print(json.dumps(text), flush=True)
    return False

messages = [{"role": "user", "content": question}]
server.handle_chat_completions(
    {"messages": messages, "max_tokens": int(answer), "temperature": 0, "stream": True}, told
)
"""
Round = tuple[float, float, str]
"""Seconds to the first text, processor seconds, the answer."""


def ours(model: str, threads: int) -> Round:
    """The engine's child, started, asked and ended."""
    spent = _spent()
    spec = ModelSpec(model, CONTEXT, threads=threads)
    sampling = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=ANSWER)
    first, pieces = 0.0, []
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder)
        begin = time.perf_counter()
        engine = WorkerProcess("The model", "app.engine.worker:Worker", EngineConfig(logs), logs)
        with contextlib.closing(engine):
            for event in engine.stream(Generate(spec, sampling, (Turn("user", QUESTION),))):
                if isinstance(event, Token):
                    first = first or time.perf_counter() - begin
                    pieces.append(event.text)
    return first, _spent() - spent, "".join(pieces)


def rival(python: str, model: str, threads: int) -> Round:
    """xllamacpp in a Python of its own."""
    spent = _spent()
    command = [python, "-c", RIVAL, model, str(threads), str(CONTEXT), QUESTION, str(ANSWER)]
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    pieces, first = [], 0.0
    for line in process.stdout:
        first = first or time.perf_counter() - begin
        pieces.append(json.loads(line))
    process.wait()
    return first, _spent() - spent, "".join(pieces)


def _spent() -> float:
    """Processor seconds of children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description="From a process's start to the first word.")
    parser.add_argument("--rival", default="", help="a Python that has xllamacpp")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--model", default=str(default_chat_model(paths.bundled_models()) or ""))
    given = parser.parse_args()
    has_rival = (
        bool(given.rival)
        and not subprocess.run(
            [given.rival, "-c", "import xllamacpp"], capture_output=True, check=False
        ).returncode
    )
    if not has_rival:
        print("There is no xllamacpp to compare with; see the top of this file.")
    load, kinds = os.getloadavg()[0], ["ours", *(["xllamacpp"] if has_rival else [])]
    rounds: dict[str, list[Round]] = {kind: [] for kind in kinds}
    for number in range(given.rounds + 1):
        for kind in kinds:
            mine = kind == "ours"
            found = (ours if mine else lambda *a: rival(given.rival, *a))(
                given.model, given.threads
            )
            if number:  # the first brings the files into memory
                rounds[kind].append(found)
                print(f"{kind:<10} {found[0]:.3f} s, processor {found[1]:.2f} s: {found[2]!r}")
    result: dict[str, object] = {
        "model": Path(given.model).name,
        "threads": given.threads,
        "load_before": load,
        "first_word_seconds": {k: statistics.median(r[0] for r in v) for k, v in rounds.items()},
        "processor_seconds": {k: statistics.median(r[1] for r in v) for k, v in rounds.items()},
        "figures": rounds,
    }
    if has_rival:
        pairs = list(zip(rounds["ours"], rounds["xllamacpp"], strict=True))
        # Of each round by itself: what else the machine did meanwhile falls on both.
        result["ratio"] = statistics.median(a[0] / b[0] for a, b in pairs)
        result["processor_ratio"] = statistics.median(a[1] / b[1] for a, b in pairs)
    target = Path(__file__).parent / "results" / "cold_start.json"
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "figures"}, indent=2))


if __name__ == "__main__":
    main()
