"""Speed of a training pass (forward and backward), and where its time goes.

    python benchmarks/training.py [--model FILE] [--threads N] [--rounds 3] [--contexts 256 512]

The same batch on the F32 copy of the base and on the quantised file, in turns; medians of tokens/s
and of processor seconds are printed and written to benchmarks/results/training.json, with the
share of each operation of the graph (NONE: the products that numpy computes; measured apart, since
asking after every node costs time) and peak memory. The optimizer's update is timed by itself.
On a busy machine give --threads 1 and look at the processor seconds.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from app.core import paths
from app.core.messages import Quantize
from app.core.types import LORA_TARGETS
from app.engine.quantize import quantize
from app.engine.threads import usable_cores
from app.training import adapter_file, ggml, weights
from app.training.batches import Batch, Example, build
from app.training.optimizer import AdamW, norm_of
from app.training.session import Session

RANK = 8


class Watched(Session):
    """Notes how long each kind of operation takes, once `watching`."""

    watching = False

    def __init__(self, *arguments: object) -> None:
        self.seconds: dict[str, float] = collections.defaultdict(float)
        self._last = 0.0
        super().__init__(*arguments)  # type: ignore[arg-type]

    def _on_node(self, address: int, ask: bool, _: object) -> bool:
        answer = super()._on_node(address, ask, _)
        if not self.watching:
            return answer
        if ask:
            self._last = time.perf_counter()
            return True
        self.seconds[ggml.op_desc(address).decode()] += time.perf_counter() - self._last
        return True


def batch_of(context: int) -> Batch:
    """A full context of tokens, the first third masked as a prompt would be."""
    tokens = np.random.default_rng(0).integers(10, 40_000, context + 1).astype(np.int32)
    labels = tokens[1:].copy()
    labels[: context // 3] = -100
    return build([Example("row", tokens[:-1].copy(), labels)], context)


def timed(session: Session, batch: Batch, values: ggml.Floats) -> tuple[float, float]:
    """(tokens a second, processor seconds) of one pass."""
    begin, busy = time.perf_counter(), time.process_time()
    session.zero_gradients()
    session.load(values)
    session.learn(batch)
    return session.context / (time.perf_counter() - begin), time.process_time() - busy


def shares(session: Watched, batch: Batch) -> dict[str, float]:
    """Share of a pass's time by operation, the largest first."""
    session.seconds.clear()
    session.watching = True
    session.learn(batch)
    session.watching = False
    total = sum(session.seconds.values())
    ranked = sorted(session.seconds.items(), key=lambda item: -item[1])
    return {name: seconds / total for name, seconds in ranked[:8]}


def update_seconds(session: Session) -> float:
    """Seconds of reading the gradient, its norm and AdamW's update."""
    adam = AdamW(session.values(), weight_decay=0.0)
    begin = time.perf_counter()
    gradient = session.gradient()
    norm_of(gradient)
    adam.update(gradient, 1e-4)
    session.load(adam.values)
    return time.perf_counter() - begin


def measure(
    files: dict[str, Path], adapter: Path, context: int, threads: int, rounds: int
) -> dict[str, object]:
    """All figures of one context."""
    batch = batch_of(context)
    sessions = {name: Watched(path, adapter, context, threads) for name, path in files.items()}
    try:
        values = next(iter(sessions.values())).values()
        rates: dict[str, list[float]] = {name: [] for name in sessions}
        busy: dict[str, list[float]] = {name: [] for name in sessions}
        for session in sessions.values():
            timed(session, batch, values)  # the first pass also allocates
        for _ in range(rounds):
            for name, session in sessions.items():
                rate, seconds = timed(session, batch, values)
                rates[name].append(rate)
                busy[name].append(seconds)
                print(
                    f"context {context}, {name}: {rate:.1f} tokens/s, {seconds:.2f} s", flush=True
                )
        return {
            "rates": rates,
            "medians": {name: statistics.median(found) for name, found in rates.items()},
            "processor_seconds": {name: statistics.median(s) for name, s in busy.items()},
            "shares": {name: shares(session, batch) for name, session in sessions.items()},
            "update_seconds": update_seconds(next(iter(sessions.values()))),
        }
    finally:
        for session in sessions.values():
            session.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the speed of training.")
    default = paths.bundled_models() / "SmolLM2-135M-Instruct.Q4_1.gguf"
    parser.add_argument("--model", type=Path, default=default)
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--contexts", type=int, nargs="+", default=[256, 512])
    chosen = parser.parse_args()
    load_before = os.getloadavg()[0]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        copy, adapter = Path(folder) / "F32.gguf", Path(folder) / "adapter.gguf"
        list(quantize(Quantize(str(chosen.model), str(copy), "F32"), bool, Path(folder)))
        values = adapter_file.initial(weights.matrices(copy), LORA_TARGETS, RANK, seed=0)
        about = adapter_file.Description("bench", "llama", RANK, 2.0 * RANK, LORA_TARGETS, "")
        adapter_file.write(adapter, values, about)
        files = {"F32 copy": copy, "as it is": chosen.model}
        for context in chosen.contexts:
            found[str(context)] = measure(files, adapter, context, chosen.threads, chosen.rounds)
    result = {
        "model": chosen.model.name,
        "threads": chosen.threads,
        "rank": RANK,
        "rounds": chosen.rounds,
        "load_before": load_before,
        "peak_memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "contexts": found,
    }
    print(json.dumps(found, indent=2))
    target = Path(__file__).parent / "results" / "training.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
