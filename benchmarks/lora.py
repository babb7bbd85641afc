"""Training an adapter: Loam against PEFT with torch in float32.

    python benchmarks/lora.py [--quick] [--model FILE] [--threads N] [--contexts 256 512]

The same F32 weights, first adapter, rows, order, AdamW and learning rate on both sides, each in a
process of its own with the same number of threads. They make updates in turns, ours first and
theirs first by changes; the ratio of each pair of updates counts, and its median is the result.
Rows are full contexts of English text of which the first third is a prompt and not learnt. The
first update of each side warms up and is not counted. Losses on rows that are never learnt are
measured on the way, and both curves are drawn.

Written to benchmarks/results: lora.json (all figures) and lora.svg (the curves). To reach: at least
as fast as PEFT. On a busy machine give --threads 1: with more, threads wait for each other.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.core import paths
from app.core.messages import Quantize
from app.core.types import LORA_TARGETS
from app.engine.quantize import quantize
from app.engine.threads import usable_cores
from app.training import adapter_file, weights

RANK, ALPHA, RATE = 8, 16.0, 5e-4
RESULTS = Path(__file__).parent / "results"
VALIDATION_ROWS = 2


@dataclasses.dataclass(frozen=True)
class Task:
    """What both sides are given, as JSON."""

    model: str
    adapter: str
    context: int
    threads: int
    train: list[tuple[list[int], list[int]]]
    validation: list[tuple[list[int], list[int]]]


Update = Callable[[list[int], list[int]], tuple[float, float]]
Measure = Callable[[list[int], list[int]], float]


# --- the two sides, each in its own process -------------------------------------------------


def ours(task: Task) -> tuple[Update, Measure]:
    """As a run does it, without the pipe."""
    from app.engine.contention import Contention
    from app.training.batches import Batch, Example, build
    from app.training.optimizer import AdamW, clip, norm_of
    from app.training.session import Session

    # Here both sides keep all their threads, also while others need the cores.
    setattr(Contention, "threads_now", lambda _: task.threads)  # noqa: B010
    session = Session(Path(task.model), Path(task.adapter), task.context, task.threads)
    adam = AdamW(session.values(), weight_decay=0.0)

    def batch(tokens: list[int], labels: list[int]) -> Batch:
        arrays = np.array(tokens, np.int32), np.array(labels, np.int32)
        return build([Example("row", *arrays)], task.context)

    def update(tokens: list[int], labels: list[int]) -> tuple[float, float]:
        session.zero_gradients()
        session.load(adam.values)
        loss = session.learn(batch(tokens, labels))
        gradient = session.gradient()
        norm = norm_of(gradient)
        clip(gradient, norm, 1.0)
        adam.update(gradient, RATE)
        return loss, norm

    def measure(tokens: list[int], labels: list[int]) -> float:
        session.load(adam.values)
        return session.measure(batch(tokens, labels))

    return update, measure


def theirs(task: Task) -> tuple[Update, Measure]:
    """PEFT on transformers' Llama with the weights of the F32 file."""
    import torch
    from peft import LoraConfig, get_peft_model
    from peft_model import llama_of

    torch.set_num_threads(task.threads)
    parts = ("q", "k", "v", "o")
    targets = [*(f"{part}_proj" for part in parts), "gate_proj", "up_proj", "down_proj"]
    model = get_peft_model(
        llama_of(Path(task.model)),
        LoraConfig(r=RANK, lora_alpha=int(ALPHA), lora_dropout=0.0, target_modules=targets),
    )
    names = dict(zip(targets, LORA_TARGETS, strict=True))
    start = weights.stored(Path(task.adapter))
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "lora_A" in name:
                words = name.split(".")
                layer, target = words[words.index("layers") + 1], names[words[-4]]
                tensor = start[f"blk.{layer}.{target}.weight.lora_a"]
                value.copy_(torch.from_numpy(weights.floats(Path(task.adapter), tensor)))
    learnt = [value for value in model.parameters() if value.requires_grad]
    adam = torch.optim.AdamW(learnt, lr=RATE, weight_decay=0.0)

    def loss_of(tokens: list[int], labels: list[int]) -> Any:
        logits = model(input_ids=torch.tensor([tokens])).logits[0]
        return torch.nn.functional.cross_entropy(logits, torch.tensor(labels))

    def update(tokens: list[int], labels: list[int]) -> tuple[float, float]:
        model.train()
        loss = loss_of(tokens, labels)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        adam.step()
        adam.zero_grad()
        return loss.item(), norm.item()

    def measure(tokens: list[int], labels: list[int]) -> float:
        model.eval()
        with torch.no_grad():
            return float(loss_of(tokens, labels).item())

    return update, measure


SIDES = {"ours": ours, "peft": theirs}


def serve(side: str, file: str) -> int:
    """A side's process: 'update N' and 'measure' from stdin, one JSON line back for each."""
    found = json.loads(Path(file).read_text(encoding="utf-8"))
    task = Task(**found)
    # What libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    update, measure = SIDES[side](task)
    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        what, _, number = line.strip().partition(" ")
        begin, busy = time.perf_counter(), time.process_time()
        if what == "update":
            loss, norm = update(*task.train[int(number)])
        else:
            loss, norm = statistics.fmean(measure(*row) for row in task.validation), 0.0
        answer = {
            "loss": loss,
            "norm": norm,
            "seconds": time.perf_counter() - begin,
            "processor_seconds": time.process_time() - busy,
            "peak_memory": peak_memory(),
        }
        print(json.dumps(answer), file=answers, flush=True)
    return 0


def peak_memory() -> int:
    """Most bytes that this process held; of the files it maps, what it touched counts too."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


class Side:
    """A side as the benchmark sees it."""

    def __init__(self, name: str, file: Path, threads: int) -> None:
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), TOKENIZERS_PARALLELISM="false")
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--side", name, "--task", str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self._answer()

    def ask(self, what: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"a side ended: {self._process.args!r}")
        found: dict[str, Any] = json.loads(line)
        return found


# --- the comparison -------------------------------------------------------------------------


def text() -> str:
    """English text that comes with Loam."""
    home = Path(__file__).parent.parent
    files = ["resources/calibration.txt", "README.md", "CONTRIBUTING.md", "docs/DECISIONS.md"]
    return "\n\n".join((home / name).read_text(encoding="utf-8") for name in files)


def rows(model: Path, context: int, count: int) -> list[tuple[list[int], list[int]]]:
    """(tokens, labels) of full contexts, the labels shifted, the first third masked."""
    from app.engine.vocabulary import Vocabulary
    from app.training.preparing import vocabulary_only

    with vocabulary_only(str(model)) as opened:
        tokens = list(Vocabulary(opened).tokens(text(), begin=True))
    fitting = (len(tokens) - 1) // context
    if fitting < VALIDATION_ROWS + 1:
        raise SystemExit(f"the text is too short for contexts of {context}")
    found = []
    for number in range(count):
        begin = number % fitting * context
        labels = tokens[begin + 1 : begin + context + 1]
        labels[: context // 3] = [-100] * (context // 3)
        found.append((tokens[begin : begin + context], labels))
    return found


def compare(task: Task, file: Path, updates: int, every: int) -> dict[str, Any]:
    """All figures of one context."""
    file.write_text(json.dumps(dataclasses.asdict(task)), encoding="utf-8")
    sides = {name: Side(name, file, task.threads) for name in SIDES}
    steps: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    curves: dict[str, list[tuple[int, float]]] = {name: [] for name in sides}
    try:
        for step in range(updates + 1):
            order = list(sides) if step % 2 else list(sides)[::-1]
            if step % every == 0 or step == updates:
                for name in order:
                    curves[name].append((step, sides[name].ask("measure")["loss"]))
            if step == updates:
                break
            for name in order:
                steps[name].append(sides[name].ask(f"update {step % len(task.train)}"))
            rates = {name: task.context / found[-1]["seconds"] for name, found in steps.items()}
            said = ", ".join(f"{name} {rate:.0f} tokens/s" for name, rate in rates.items())
            print(f"context {task.context}, update {step + 1} of {updates}: {said}", flush=True)
    finally:
        for side in sides.values():
            side.close()
    counted = {name: found[1:] for name, found in steps.items()}
    pairs = zip(counted["ours"], counted["peft"], strict=True)
    ratios = [peft["seconds"] / own["seconds"] for own, peft in pairs]
    work = zip(counted["ours"], counted["peft"], strict=True)
    worked = [peft["processor_seconds"] / own["processor_seconds"] for own, peft in work]
    validated = zip(curves["ours"], curves["peft"], strict=True)
    return {
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "ratio_of_processor_seconds": statistics.median(worked),
        "tokens_per_second": {
            name: statistics.median(task.context / each["seconds"] for each in found)
            for name, found in counted.items()
        },
        "peak_memory": {name: found[-1]["peak_memory"] for name, found in counted.items()},
        "largest_difference": {
            "loss": _largest(steps, "loss"),
            "gradient_norm": _largest(steps, "norm"),
            "validation_loss": max(abs(own[1] - peft[1]) for own, peft in validated),
        },
        "losses": {name: [each["loss"] for each in found] for name, found in steps.items()},
        "validation": curves,
    }


def _largest(steps: dict[str, list[dict[str, Any]]], what: str) -> float:
    pairs = zip(steps["ours"], steps["peft"], strict=True)
    return float(max(abs(own[what] - peft[what]) for own, peft in pairs))


# --- the drawing ----------------------------------------------------------------------------


def draw(contexts: dict[str, Any]) -> str:
    """Validation losses by update, one panel a context: PEFT as a broad line, ours as dots."""
    width, height, left, top, inner = 420, 276, 56, 44, 180
    parts = []
    for index, (context, found) in enumerate(contexts.items()):
        curves = found["validation"]
        points = [point for curve in curves.values() for point in curve]
        last = max(step for step, _ in points) or 1
        low, high = min(loss for _, loss in points), max(loss for _, loss in points)
        room = (high - low) * 0.1 or 0.01
        low, high = low - room, high + room

        def place(
            step: float,
            loss: float,
            index: int = index,
            last: float = last,
            low: float = low,
            high: float = high,
        ) -> tuple[float, float]:
            x = index * width + left + step / last * (width - left - 20)
            return x, top + (high - loss) / (high - low) * inner

        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*p) for p in curves["peft"]))
        parts.append(
            f'<text x="{index * width + left}" y="24" font-weight="bold">Context {context}:'
            f" {found['ratio']:.2f} times PEFT</text>"
        )
        for loss in (low + room, high - room):
            x, y = place(0, loss)
            parts.append(f'<text x="{x - 8}" y="{y + 4:.1f}" text-anchor="end">{loss:.3f}</text>')
        for step in (0, last):
            x, _ = place(step, low)
            parts.append(
                f'<text x="{x:.1f}" y="{top + inner + 18}" text-anchor="middle">{step}</text>'
            )
        x, y = place(0, low)
        parts.append(
            f'<path d="M{x} {top}V{y:.1f}H{place(last, low)[0]:.1f}" fill="none" stroke="#888"/>'
            f'<polyline points="{line}" fill="none" stroke="#9bbcdc" stroke-width="7"/>'
        )
        for step, loss in curves["ours"]:
            x, y = place(step, loss)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#c2410c"/>')
        parts.append(
            f'<text x="{index * width + left}" y="{height - 8}">validation loss by update:'
            ' <tspan fill="#5b87b0">PEFT</tspan>, <tspan fill="#c2410c">Loam</tspan></text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * len(contexts)}"'
        f' height="{height}" font-family="sans-serif" font-size="12">'
        f'<rect width="{width * len(contexts)}" height="{height}" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare training with PEFT.")
    default = paths.bundled_models() / "SmolLM2-135M-Instruct.Q4_1.gguf"
    parser.add_argument("--model", type=Path, default=default)
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--contexts", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--updates", type=int, default=16)
    parser.add_argument("--quick", action="store_true", help="few updates, nothing written")
    parser.add_argument("--side", choices=list(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.side:
        return serve(chosen.side, chosen.task)
    updates = 4 if chosen.quick else chosen.updates
    load_before = os.getloadavg()[0]
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy, adapter = Path(folder) / "F32.gguf", Path(folder) / "adapter.gguf"
        list(quantize(Quantize(str(chosen.model), str(copy), "F32"), bool, Path(folder)))
        values = adapter_file.initial(weights.matrices(copy), LORA_TARGETS, RANK, seed=0)
        about = adapter_file.Description("bench", "llama", RANK, ALPHA, LORA_TARGETS, "")
        adapter_file.write(adapter, values, about)
        for context in chosen.contexts:
            data = rows(copy, context, 10 + VALIDATION_ROWS)
            held, learnt = data[:VALIDATION_ROWS], data[VALIDATION_ROWS:]
            task = Task(str(copy), str(adapter), context, chosen.threads, learnt, held)
            found[str(context)] = compare(task, Path(folder) / "task.json", updates, every=2)
    for context, figures in found.items():
        shown = {k: v for k, v in figures.items() if k not in ("ratios", "losses", "validation")}
        print(context, json.dumps(shown, indent=2))
    if not chosen.quick:
        result = {
            "model": chosen.model.name,
            "threads": chosen.threads,
            "rank": RANK,
            "updates": updates,
            "load_before": load_before,
            "contexts": found,
        }
        (RESULTS / "lora.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "lora.svg").write_text(draw(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
