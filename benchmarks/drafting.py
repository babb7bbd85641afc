"""What guessing ahead brings: answers with guesses from the text against the same without.

    python benchmarks/drafting.py [--model FILE] [--draft FILE] [--threads N] [--rounds 3]

Two engines in turns, greedy, on three tasks: text that is said again, a question about a passage,
and free text. The one that guesses measures by itself where that pays (engine/pace.py) and is given
one answer of each task to do so. Texts must be equal. Medians of tokens/s go to
benchmarks/results/drafting.json. To reach: never below 0.95, and more where text is repeated.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

from app.core import paths
from app.core.messages import Generate, Generated, Token, Turn
from app.core.process import WorkerProcess
from app.core.types import LoadOptions, ModelSpec, Sampling
from app.engine.config import EngineConfig
from app.engine.threads import usable_cores
from app.services.default_record import default_chat_model

PASSAGE = (
    "The botanical garden was laid out in 1834 by Johanna Reuss on the southern slope of the hill. "
    "It holds some 9,000 kinds of plants in eleven houses, among them the oldest palm house of the "
    "country, which was rebuilt after the storm of 1911. The garden opens at nine in the morning "
    "and closes at six in the evening, in winter at four. Entry costs 4 euros; children and "
    "students pay half. Dogs must stay outside, and bicycles are left at the eastern gate. "
)
TASKS = {
    "text said again": f"Repeat this text word by word: {PASSAGE}",
    "question about a passage": f"Read this text:\n\n{PASSAGE}\n\nBased on the text, what does the "
    "garden hold, when does it open, and what does entry cost?",
    "free text": "Write a story about a lighthouse keeper.",
}
SAMPLING = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=160)


def answered(worker: WorkerProcess, spec: ModelSpec, task: str) -> tuple[str, Generated]:
    """A task after something else, so that its whole prompt is read in the same pieces."""
    worker.ask(Generate(spec, replace(SAMPLING, max_tokens=1), prompt="Zebra"))
    events = list(worker.stream(Generate(spec, SAMPLING, (Turn("user", TASKS[task]),))))
    assert isinstance(events[-1], Generated)
    return "".join(each.text for each in events if isinstance(each, Token)), events[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=str(default_chat_model(paths.bundled_models()) or ""))
    parser.add_argument("--draft", default="", help="a smaller model of the same tokens")
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    plain = ModelSpec(given.model, 4096, threads=given.threads, options=LoadOptions(look_up=False))
    quick = replace(plain, options=LoadOptions(draft=given.draft))
    load = os.getloadavg()[0]
    figures: dict[str, dict[str, list[float]]] = {t: {"plain": [], "guessing": []} for t in TASKS}
    guessed: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as open_workers:
        folder, workers = Path(place), []
        for name in ("plain", "guessing"):
            config = EngineConfig(folder / name, paces=folder / f"{name}.json")
            worker = WorkerProcess("The model", "app.engine.worker:Worker", config, folder / name)
            workers.append(open_workers.enter_context(contextlib.closing(worker)))
        for task in TASKS:
            answered(workers[1], quick, task)
        for _ in range(given.rounds):
            for task in TASKS:
                expected, end = answered(workers[0], plain, task)
                figures[task]["plain"].append(end.stats.answer_rate)
                text, end = answered(workers[1], quick, task)
                figures[task]["guessing"].append(end.stats.answer_rate)
                guessed[task] = end.stats.guessed / max(1, end.stats.answer_tokens)
                assert given.threads > 1 or text == expected, task
    result = {
        "model": Path(given.model).name,
        "draft": Path(given.draft).name,
        "threads": given.threads,
        "load_before": load,
        "guessed_share": guessed,
        "ratio": {
            task: statistics.median(each["guessing"]) / statistics.median(each["plain"])
            for task, each in figures.items()
        },
        "figures": figures,
    }
    print(json.dumps(result, indent=2))
    target = Path(__file__).parent / "results" / "drafting.json"
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
