"""Quality of answers from documents, through the services that the window uses.

    python benchmarks/answers.py [--questions 40] [--seed 1] [--model FILE] [--out FILE]

XQuAD's 240 paragraphs are written out as 48 files (an article each) and asked about. Counted are
answers that hold the gold words, citations whose passage holds them, and questions declined; the
reference in the same run is the model without documents. Twelve questions about other things
show how many are declined that should be. In a library of every other article, questions about
those that are there and about those left out show how often code says rightly that something, or
nothing, is there (no model is asked for it). Needs ../shared/data.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.messages import AnswerDone
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.settings import Settings
from app.core.types import ModelSpec, Sampling
from app.services import adhoc
from app.services.answering import Answering
from app.services.children import engine_process
from app.services.models import ModelService
from app.services.preferences import SettingsService
from app.services.question import Question

ROOT = Path(__file__).resolve().parents[1]
XQUAD = ROOT.parent / "shared" / "data" / "retrieval" / "xquad" / "xquad.en.json"
ELSEWHERE = (
    "How do I reset the password of my router?",
    "Which oven temperature is best for sourdough bread?",
    "Who won the chess game last night in our club?",
    "How many calories are in a banana smoothie?",
    "What is the warranty of my washing machine?",
    "Write a limerick about my cat Minka.",
    "How do I tie a bowline knot?",
    "When is the next dentist appointment?",
    "Which screws fit an IKEA shelf?",
    "What did Anna say about the budget meeting?",
    "How do I convert a PNG to a JPEG on Linux?",
    "What is the phone number of the plumber?",
)
_OF_HALF = 300


@dataclass
class Score:
    """Counts over the questions asked."""

    asked: int = 0
    gold_in_answer: int = 0
    gold_in_cited: int = 0
    gold_in_sources: int = 0
    cited: int = 0
    declined: int = 0


def plain(text: str) -> str:
    """Lower case words only, for comparing."""
    return " ".join(re.findall(r"\w+", text.lower()))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/answers.json")
    args = parser.parse_args()
    articles = json.loads(XQUAD.read_text(encoding="utf-8"))["data"]
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "articles"
        files.mkdir()
        questions = []
        for number, article in enumerate(articles):
            paragraphs = [p["context"] for p in article["paragraphs"]]
            title = article.get("title", f"article {number}")
            (files / f"{number:02}.md").write_text(f"# {title}\n\n" + "\n\n".join(paragraphs))
            questions += [
                (q["question"], [plain(a["text"]) for a in q["answers"]])
                for p in article["paragraphs"]
                for q in p["qas"]
            ]
        random.Random(args.seed).shuffle(questions)
        result = measure(Profile(Path(folder) / "profile").create(), files, questions, args)
        result["half_the_articles"] = half(Path(folder) / "half", articles, args.seed)
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


def measure(
    profile: Profile,
    files: Path,
    questions: list[tuple[str, list[str]]],
    args: argparse.Namespace,
) -> dict[str, object]:
    """Ask with documents, without them, and about other things."""
    engine = engine_process(profile)
    settings = SettingsService(profile.settings)
    models = ModelService(engine, settings, profile.models)
    spec = ModelSpec(str(args.model), 4096) if args.model else models.spec_for()
    asked = questions[: args.questions]
    with adhoc.opened(profile, [str(files)]) as (library, paths):
        for _ in adhoc.update(library, paths):
            pass
        collections = tuple(c.id for c in library.collections())
        answering = Answering(engine, library)
        begin = time.monotonic()
        with_documents = ask(answering, spec, asked, collections)
        seconds = (time.monotonic() - begin) / len(asked)
        without = ask(answering, spec, asked, ())
        elsewhere = ask(answering, spec, [(q, []) for q in ELSEWHERE], collections)
    engine.close()
    return {
        "model": Path(spec.path).name,
        "with_documents": vars(with_documents),
        "without_documents": vars(without),
        "about_other_things": {"asked": elsewhere.asked, "declined": elsewhere.declined},
        "seconds_per_answer": round(seconds, 2),
    }


def half(folder: Path, articles: list[dict[str, Any]], seed: int) -> dict[str, object]:
    """Questions that would be answered, and declined, where every other article is missing."""
    files = folder / "articles"
    files.mkdir(parents=True)
    there: list[str] = []
    left_out: list[str] = []
    for number, article in enumerate(articles):
        questions = [q["question"] for p in article["paragraphs"] for q in p["qas"]]
        (left_out if number % 2 else there).extend(questions)
        if number % 2 == 0:
            text = "\n\n".join(p["context"] for p in article["paragraphs"])
            title = article.get("title", f"article {number}")
            (files / f"{number:02}.md").write_text(f"# {title}\n\n{text}")
    needed = Settings().relevance
    result: dict[str, object] = {"relevance_needed": needed}
    with adhoc.opened(Profile(folder / "profile").create(), [str(files)]) as (library, paths):
        for _ in adhoc.update(library, paths):
            pass
        for name, questions in (("there", there), ("left_out", left_out)):
            asked = random.Random(seed).sample(questions, _OF_HALF)
            found = [library.search(question, judged=True).relevance for question in asked]
            declined = sum(relevance < needed for relevance in found)
            result[name] = {"asked": len(asked), "declined": declined}
    return result


def ask(
    answering: Answering,
    spec: ModelSpec,
    questions: list[tuple[str, list[str]]],
    collections: tuple[int, ...],
) -> Score:
    """Put each question by itself and count."""
    score = Score()
    for text, gold in questions:
        sampling = Sampling(temperature=0.0, max_tokens=96)
        question = Question(text, spec, sampling, collections=collections)
        done: AnswerDone | None = None
        for event in answering.answer(question, Cancel()):
            if isinstance(event, AnswerDone):
                done = event
        assert done is not None
        there = [plain(s.hit.passage.text) for s in done.sources]
        cited = {int(n) for n in re.findall(r"\[(\d+)\]", done.text)}
        score.asked += 1
        score.declined += done.declined
        score.cited += bool(cited)
        score.gold_in_answer += any(g in plain(done.text) for g in gold)
        score.gold_in_sources += any(g in t for g in gold for t in there)
        score.gold_in_cited += any(g in there[n - 1] for g in gold for n in cited)
    return score


if __name__ == "__main__":
    main()
