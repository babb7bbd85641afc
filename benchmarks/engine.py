"""Speed of our decode loop against the high-level `Llama` and llama.cpp's own `llama-bench`.

    python benchmarks/engine.py [--model FILE] [--threads N] [--rounds 3] [--llama-bench FILE]

Same file, context, threads and prompt; the three run in turns, each in a process of its own, and
medians, of the figures and of each round's ratios, are printed and written to
benchmarks/results/engine.json. Ours is measured through the
child process and its pipe, as the window uses it. To reach: decode >= 0.95 of llama-bench, and
>= 1.2 times the high-level stream at 2,000 tokens. On a busy machine give --threads 1: with more,
threads wait for each other and figures say little.

`llama-bench` is built from the llama-cpp-python source archive against the installed libraries,
so that both sides run the same kernels:

    pip download --no-deps --no-binary :all: llama-cpp-python==0.3.36 && tar xzf llama_cpp_python-*
    cd llama_cpp_python-*/vendor/llama.cpp && LIBS=.../site-packages/llama_cpp/lib
    sed 's/@[A-Z_]*NUMBER@/0/; s/@[A-Z_]*@/sdist/' common/build-info.cpp.in > common/build-info.cpp
    g++ -O1 -std=c++17 -Icommon -Iinclude -Iggml/include -Ivendor -Itools/llama-bench \\
        tools/llama-bench/*.cpp common/*.cpp common/jinja/*.cpp common/parsers/*.cpp \\
        vendor/cpp-httplib/httplib.cpp -L$LIBS -Wl,-rpath,$LIBS -lllama -lggml -lggml-base \\
        -lpthread -o llama-bench
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.core import paths
from app.core.messages import Generate, Generated
from app.core.process import WorkerProcess
from app.core.types import ModelSpec, Sampling
from app.engine.config import EngineConfig
from app.engine.threads import usable_cores
from app.services.default_record import default_chat_model

CONTEXT = 4096
PREFILL = 512
SHORT, LONG = 256, 2000
COUNTING = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10,"  # greedy models count on and on
Figures = dict[str, list[float]]


def ours(engine: WorkerProcess, model: str, threads: int, tokens: int) -> float:
    """Tokens a second of an answer of `tokens`."""
    sampling = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=tokens)
    request = Generate(ModelSpec(model, CONTEXT, threads=threads), sampling, prompt=COUNTING)
    end = engine.ask(request)
    assert isinstance(end, Generated)
    assert end.stats.answer_tokens == tokens, "the model stopped early"
    return end.stats.answer_rate


def our_prefill(engine: WorkerProcess, model: str, threads: int, salt: int) -> float:
    """Tokens a second of a prompt of about PREFILL tokens that begins like no other."""
    sampling = Sampling(temperature=0, max_tokens=1)
    prompt = f"{salt} " + "The river rises in the hills and flows past the old mill. " * 39
    request = Generate(ModelSpec(model, CONTEXT, threads=threads), sampling, prompt=prompt)
    end = engine.ask(request)
    assert isinstance(end, Generated)
    return end.stats.prompt_rate


def high_level(model: str, threads: int, tokens: int) -> float:
    """Tokens a second of llama-cpp-python's stream, in a process of its own."""
    command = [sys.executable, __file__, "--high-level", model, str(threads), str(tokens)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def high_level_here(model: str, threads: int, tokens: int) -> float:
    """As `high_level`, in this process."""
    from llama_cpp import Llama

    llama = Llama(
        model,
        n_ctx=CONTEXT,
        n_threads=threads,
        n_threads_batch=threads,
        flash_attn=True,
        verbose=False,
    )
    times = [
        time.perf_counter()
        for _ in llama.create_completion(
            COUNTING, max_tokens=tokens, temperature=0.0, repeat_penalty=1.0, stream=True
        )
    ]
    return tokens / (times[-1] - times[0])


def llama_bench(binary: str, model: str, threads: int, kind: str, tokens: int) -> float:
    """Tokens a second by llama-bench; kind: '-p' prefill, '-n' decode."""
    other = "-n" if kind == "-p" else "-p"
    command = [binary, "-m", model, "-t", str(threads), kind, str(tokens), other, "0"]
    command += ["-r", "1", "-o", "json"]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(result.stdout)[0]["avg_ts"])


def measure(model: str, threads: int, rounds: int, binary: str) -> Figures:
    """All figures of all rounds, the subjects in turns."""
    figures: Figures = {}

    def note(name: str, figure: float) -> None:
        figures.setdefault(name, []).append(figure)
        print(f"  {name}: {figure:.1f}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder)
        engine = WorkerProcess("The model", "app.engine.worker:Worker", EngineConfig(logs), logs)
        ours(engine, model, threads, 8)
        for number in range(rounds):
            note("ours prefill", our_prefill(engine, model, threads, number))
            if binary:
                note("llama-bench prefill", llama_bench(binary, model, threads, "-p", PREFILL))
            for tokens in (SHORT, LONG):
                note(f"ours decode {tokens}", ours(engine, model, threads, tokens))
                if binary:
                    note(
                        f"llama-bench decode {tokens}",
                        llama_bench(binary, model, threads, "-n", tokens),
                    )
                note(f"high-level decode {tokens}", high_level(model, threads, tokens))
        engine.close()
    return figures


def main() -> int:
    if sys.argv[1:2] == ["--high-level"]:
        print(high_level_here(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
        return 0
    parser = argparse.ArgumentParser(description="Measure the engine's speed.")
    default = default_chat_model(paths.bundled_models())
    parser.add_argument("--model", default=str(default or ""))
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--llama-bench", default="", help="the built binary")
    chosen = parser.parse_args()
    load_before = os.getloadavg()[0]
    figures = measure(chosen.model, chosen.threads, chosen.rounds, chosen.llama_bench)
    medians = {name: statistics.median(values) for name, values in figures.items()}
    print(f"\n{'tokens/s, median':<28}{'median':>10}{'lowest':>10}{'highest':>10}")
    for name, values in figures.items():
        print(f"{name:<28}{medians[name]:>10.1f}{min(values):>10.1f}{max(values):>10.1f}")
    # Of each round by itself: what else the machine did meanwhile falls on both.
    ratios = {
        f"{name} against {rival}": statistics.median(
            mine / other
            for mine, other in zip(figures[f"ours {name}"], figures[f"{rival} {name}"], strict=True)
        )
        for rival in ("llama-bench", "high-level")
        for name in ("prefill", f"decode {SHORT}", f"decode {LONG}")
        if f"{rival} {name}" in medians
    }
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f}")
    result = {
        "model": Path(chosen.model).name,
        "threads": chosen.threads,
        "context": CONTEXT,
        "rounds": chosen.rounds,
        "load_before": load_before,
        "medians": medians,
        "ratios": ratios,
        "figures": figures,
    }
    target = Path(__file__).parent / "results" / "engine.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
