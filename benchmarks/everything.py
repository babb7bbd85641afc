"""Questions over everything, against the best passages, where the truth is known.

    python benchmarks/everything.py [--files 24] [--names 20] [--seed 1] [--model FILE] [--out FILE]

A library of orders is written out with dates, prices, people and words whose number is known, and
asked both ways through the services that the window uses: recall and precision of lists, whether
counts are right, seconds. Where ../shared/data is there, names of XQuAD's 48 articles are looked
for as well; the truth is then a search in the articles by other means. Times are of the machine as
it is; what counts are the shares.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.messages import AnswerDone, WentThrough
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.types import ModelSpec, Over, Sampling
from app.services.assemble import Loam, build
from app.services.question import Question

ROOT = Path(__file__).resolve().parents[1]
XQUAD = ROOT.parent / "shared" / "data" / "retrieval" / "xquad" / "xquad.en.json"
FIRST = "Ada Ben Cleo Dan Eva Finn Greta Hugo Iris Jan Kate Liam Mona Nils Olga Paul".split()
LAST = "Brook Carver Dunn Ernst Falk Grau Holm Iversen Jensen Krantz Lund Moser Novak".split()
SUPPLIERS = ("Norden Tools", "Halden Supply", "Brisk Machines", "Kestrel Works", "Orrin Motors")
GOODS = "drills pumps ladders sanders grinders mixers trimmers saws benches lamps".split()
MONTHS = (
    "January February March April May June July August September October November December".split()
)
FILLER = (
    "The boxes were stacked along the wall and counted twice before the doors were closed.",
    "Nobody could say why the label had been put on the wrong side of the crate.",
    "The yard is swept every evening, and the gate stays open until the last van has left.",
    "Rain had made the floor wet, so the pallets were moved under the roof.",
    "The forklift needs a new battery, which the workshop will look at soon.",
    "It was agreed that the papers stay in the office until they are signed.",
    "The keys hang behind the desk, next to the list of shifts.",
    "A cat has moved into the store room and is fed by the night shift.",
)


@dataclass
class Case:
    """A question and what a right answer has: items (of any writing), or a number."""

    name: str
    text: str
    items: set[str] = field(default_factory=set)
    number: int | None = None


def library(folder: Path, count: int, chance: random.Random) -> list[Case]:
    """Write the orders and give the questions about them."""
    dates, prices, clerks, refunds, mentions, emails = set(), set(), set(), set(), 0, set()
    suppliers: set[str] = set()
    for number in range(1, count + 1):
        clerk = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
        driver = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
        supplier = chance.choice(SUPPLIERS)
        price = f"{chance.randint(101, 999)} euros"
        ordered, came = (
            f"{chance.randint(1, 28)} {chance.choice(MONTHS)} {year}" for year in (2024, 2025)
        )
        clerks.add(clerk)
        suppliers.add(supplier)
        dates |= {ordered, came}
        prices.add(price)
        text = [
            f"# Order {number}\n",
            f"The order was taken by {clerk} on {ordered}. It is for {chance.randint(2, 9)} "
            f"{chance.choice(GOODS)}. The supplier is {supplier}. The price is {price}.",
        ]
        text += [" ".join(chance.sample(FILLER, 5)) for _ in range(2)]
        text.append(f"The goods were brought by van on {came}, driven by {driver}.")
        if chance.random() < 0.3:
            refunds.add(f"order-{number:03}.md")
            times = chance.randint(1, 3)
            mentions += times
            text.append(" ".join(["The customer asked for a refund of the deposit."] * times))
        if chance.random() < 0.4:
            address = f"{clerk.split()[1].lower()}{number}@orders.example"
            emails.add(address)
            text.append(f"Questions go to {address}.")
        (folder / f"order-{number:03}.md").write_text("\n\n".join(text) + "\n")
    return [
        Case("documents with a word", "Which documents mention a refund?", refunds),
        Case("documents counted", "How many documents mention a refund?", number=len(refunds)),
        Case("mentions counted", "How often is refund mentioned?", number=mentions),
        Case("all dates", "List all dates in the documents", dates),
        Case("dates counted", "How many dates are mentioned in the documents?", number=len(dates)),
        Case("all prices", "List all prices", prices),
        Case("all addresses", "List all e-mail addresses", emails),
        Case("people of a kind", "List all people who took an order", clerks),
        Case("things of a kind", "List all suppliers", suppliers),
        Case("things counted", "How many different suppliers are there?", number=len(suppliers)),
    ]


def articles(folder: Path, names: int, chance: random.Random) -> list[Case]:
    """XQuAD's articles as files, and which of them have a name."""
    raw = json.loads(XQUAD.read_text(encoding="utf-8"))["data"]
    texts = {}
    for number, article in enumerate(raw):
        body = "\n\n".join(p["context"] for p in article["paragraphs"])
        texts[f"{number:02}.md"] = body
        (folder / f"{number:02}.md").write_text(body)
    found = sorted(
        {m for body in texts.values() for m in re.findall(r"[a-z] ([A-Z][a-z]{4,})\b", body)}
    )
    cases = []
    for name in chance.sample(found, names):
        having = {
            f for f, body in texts.items() if name.lower() in re.findall(r"\w+", body.lower())
        }
        cases.append(Case("names of XQuAD", f"Which documents mention {name}?", having))
    return cases


def plain(text: str) -> str:
    """Lower case words only, for comparing."""
    return " ".join(re.findall(r"[\w@.]*\w", text.lower()))


def ask(loam: Loam, spec: ModelSpec, collection: int, case: Case, over: Over) -> dict[str, float]:
    """One answer: recall, precision, right count, seconds."""
    sampling = Sampling(temperature=0.0, max_tokens=256, seed=1)
    question = Question(case.text, spec, sampling, collections=(collection,), over=over)
    began = time.monotonic()
    went: WentThrough | None = None
    done: AnswerDone | None = None
    for event in loam.everything.answer(question, Cancel()):
        if isinstance(event, WentThrough):
            went = event
        elif isinstance(event, AnswerDone):
            done = event
    assert done is not None
    result = {"seconds": round(time.monotonic() - began, 2)}
    text = done.text
    if case.number is not None:
        said = [int(n.replace(",", "")) for n in re.findall(r"\b\d[\d,]*\b", text.split("\n")[0])]
        result["right"] = float(case.number in said[:1])
        return result
    # Of the best passages also a document that is cited counts as named.
    cited = {int(n) for n in re.findall(r"\[(\d+)\]", text)}
    text += " ".join(Path(s.hit.passage.path).name for s in done.sources if s.number in cited)
    there = sum(plain(item) in plain(text) for item in case.items)
    result["recall"] = there / max(1, len(case.items))
    if went is not None:
        wanted = {plain(item) for item in case.items}
        right = sum(plain(item.text) in wanted for item in went.items)
        result["precision"] = right / max(1, len(went.items))
    return result


def measure(loam: Loam, spec: ModelSpec, folder: Path, cases: list[Case]) -> dict[str, object]:
    """Both ways, by the names of the cases."""
    collection = loam.library.create(folder.name)
    for _ in loam.library.add(collection.id, [str(folder)]):
        pass
    rows: dict[str, dict[str, list[dict[str, float]]]] = {}
    for case in cases:
        for over in (Over.AUTO, Over.BEST):
            row = ask(loam, spec, collection.id, case, over)
            print(f"{case.name:24} {over.value:5} {row}", flush=True)
            rows.setdefault(case.name, {}).setdefault(over.value, []).append(row)
    return {
        name: {
            {"auto": "everything", "best": "best passages"}[over]: {
                key: round(sum(row.get(key, 0.0) for row in some) / len(some), 3) for key in some[0]
            }
            for over, some in ways.items()
        }
        for name, ways in rows.items()
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--names", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/everything.json")
    args = parser.parse_args()
    chance = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as place:
        loam = build(Profile(Path(place) / "profile").create())
        try:
            spec = ModelSpec(str(args.model), 4096) if args.model else loam.models.spec_for()
            orders = Path(place) / "orders"
            orders.mkdir()
            result: dict[str, object] = {
                "model": Path(spec.path).name,
                "files": args.files,
                **measure(loam, spec, orders, library(orders, args.files, chance)),
            }
            if XQUAD.is_file():
                texts = Path(place) / "articles"
                texts.mkdir()
                result |= measure(loam, spec, texts, articles(texts, args.names, chance))
        finally:
            loam.close()
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
