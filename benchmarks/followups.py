"""Whether questions that lean on the one before them find their passage.

    python benchmarks/followups.py [--out FILE]

Fifteen follow-ups about the sample documents, and eight questions that change the subject, which
must be found as well as alone. Each is searched alone, always with the question before it, and as
Loam does; counted is where the passage that holds the answer stands. The rule was made while
looking at these questions: they show what it does, not how it does elsewhere.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.paths import Profile
from app.services import followups
from app.services.assemble import build

ROOT = Path(__file__).resolve().parents[1]
# (question before, question, words of the passage that answers it)
FOLLOWUPS = (
    ("Who teaches bicycle repair?", "When does it take place?", "Saturday, 12 April 2025"),
    ("Who teaches bicycle repair?", "How much does the course cost?", "It costs 20 euros"),
    ("Who teaches first woodworking?", "How many places are there?", "There are six places"),
    ("What is the chainsaw course?", "What should I wear?", "strong boots"),
    ("What is the chainsaw course?", "And the price?", "It costs 45"),
    ("Who teaches plastering a wall?", "What about first woodworking?", "Marta Lindqvist"),
    ("When is the summer party?", "Who plays music there?", "Rusty Hinges"),
    ("When is the summer party?", "What should we bring?", "bring a salad"),
    ("How much does the new roof cost?", "Who pays for it?", "city of Fenwick"),
    ("How much does the new roof cost?", "When does the work begin?", "7 July 2025"),
    ("Who is Henrik Solberg?", "Who takes his place?", "Amina Diallo"),
    ("What goes onto the new roof?", "How much electricity will they make?", "11,000 kilowatt"),
    ("How many tools were borrowed in 2024?", "Which one was borrowed most often?", "318 times"),
    ("When is the repair café open?", "How many things did they mend in 2024?", "412 of 587"),
    ("How do I sign up for a course?", "What if I cancel?", "money back"),
)
CHANGES = (
    ("Who teaches bicycle repair?", "When is the summer party?", "23 August 2025"),
    ("How much does the new roof cost?", "Who teaches plastering a wall?", "Elena Rossi"),
    ("When is the summer party?", "How many solar panels go onto the roof?", "Thirty solar"),
    ("Who is Henrik Solberg?", "What is the late fee for a power tool?", "5 euros per day"),
    ("When is the repair café open?", "Who leads the repair team?", "Bruno Castell"),
    ("Who leads the repair team?", "How long can I keep a large machine?", "three days"),
    ("What should I wear?", "What was the most borrowed tool of 2024?", "318 times"),
    ("Who leads the repair team?", "How do I get my money back for a course?", "money back"),
)
WAYS: dict[str, Callable[[str, str], str]] = {
    "alone": lambda _before, question: question,
    "always_joined": lambda before, question: f"{before} {question}",
    "loam": lambda before, question: followups.search_text(question, [before]),
}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/followups.json")
    chosen = parser.parse_args()
    result: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        loam = build(Profile(Path(folder)).create())
        collection = loam.library.create("samples").id
        for _ in loam.library.add(collection, loam.library.samples()):
            pass
        for name, asked in (("follow-ups", FOLLOWUPS), ("changes of subject", CHANGES)):
            result[name] = {}
            for way, text in WAYS.items():
                ranks = []
                for before, question, phrase in asked:
                    hits = loam.library.search(text(before, question), (collection,), 8).hits
                    places = (
                        place
                        for place, hit in enumerate(hits, 1)
                        if phrase in " ".join(hit.passage.text.split())
                    )
                    ranks.append(next(places, 0))
                result[name][way] = {
                    "asked": len(ranks),
                    "first": sum(rank == 1 for rank in ranks),
                    "among_four": sum(1 <= rank <= 4 for rank in ranks),
                    "mrr": round(sum(1 / rank for rank in ranks if rank) / len(ranks), 3),
                }
        loam.close()
    chosen.out.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
