"""Adapters that Loam trains mean the same to llama.cpp's own program.

Runs where LOAM_LLAMA_PERPLEXITY names llama.cpp's `llama-perplexity`, or it is on the PATH;
benchmarks/llama_perplexity.sh builds it from the sources of the installed llama-cpp-python.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.core import paths
from app.core.messages import Evaluate, Evaluated, Train
from app.core.process import WorkerProcess
from app.core.types import AdapterUse, HyperParameters, TrainingRow, TrainingSpec

CONTEXT = 256
PROGRAM = os.environ.get("LOAM_LLAMA_PERPLEXITY") or shutil.which("llama-perplexity") or ""

pytestmark = pytest.mark.skipif(
    not Path(PROGRAM).is_file(),
    reason="llama-perplexity is absent: build it with benchmarks/llama_perplexity.sh and name it"
    " in LOAM_LLAMA_PERPLEXITY",
)


def theirs(model: Path, text: Path, adapter: Path | None) -> float:
    lora = ["--lora", str(adapter)] if adapter else []
    done = subprocess.run(
        [PROGRAM, "-m", str(model), *lora, "-f", str(text), "-c", str(CONTEXT), "-t", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=280,
        check=False,
    )
    found = re.search(r"Final estimate: PPL = ([0-9.]+)", done.stdout)
    assert found, done.stdout[-2000:]
    return float(found[1])


def ours(trainer: WorkerProcess, model: Path, text: Path, adapter: Path | None) -> float:
    uses = (AdapterUse(str(adapter)),) if adapter else ()
    found = trainer.ask(
        Evaluate(
            str(model),
            uses,
            text=text.read_text(encoding="utf-8"),
            context=CONTEXT,
            half_windows=True,
        )
    )
    assert isinstance(found, Evaluated)
    return found.perplexity


@pytest.mark.timeout(600)
def test_perplexity_agrees_with_llama_cpps_own_program(
    trainer: WorkerProcess, chat_model: Path, tmp_path: Path
) -> None:
    text = paths.resources() / "calibration.txt"
    row = TrainingRow("text", text=text.read_text(encoding="utf-8")[:1000])
    spec = TrainingSpec(
        model=str(chat_model),
        adapter=str(tmp_path / "trained.gguf"),
        folder=str(tmp_path / "run"),
        rows=(row,),
        hyper=HyperParameters(learning_rate=3e-3, steps=4, context=CONTEXT),
    )
    list(trainer.stream(Train(spec)))
    adapter = Path(spec.adapter)
    plain = ours(trainer, chat_model, text, None)
    tuned = ours(trainer, chat_model, text, adapter)
    assert abs(tuned - plain) > 0.02 * plain, "the adapter must matter for this to prove anything"
    assert agree(plain, theirs(chat_model, text, None))
    assert agree(tuned, theirs(chat_model, text, adapter))


def agree(own: float, their: float) -> bool:
    print(f"ours {own:.4f}, llama-perplexity {their:.4f}")
    return abs(own - their) <= 0.005 * their
