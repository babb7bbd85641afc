"""Questions about single rows of tables: is the passage that holds the row among the first found?

    python benchmarks/tables.py [--questions 60] [--out FILE]

A parts list and a staff list, as workbooks and as CSV, go through the product beside the sample
documents; each question names a row. hit@1, 3 and 8, and how many passages a table became.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.core.paths import Profile
from app.services.children import retrieval_process
from app.services.library import LibraryService
from tests.retrieval.sheets import Cell, workbook

FIRST = "Ann Bo Cara Dan Eve Finn Gil Hana Ivo Jana Kurt Lea Max Nora Olaf Pia Rolf Sven".split()
LAST = "Berg Dahl Ek Falk Gran Holm Lind Mo Nord Quist Ros Skog Strand Vik".split()
CITIES = ("Oslo", "Bergen", "Trondheim", "Tromso")


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/tables.json")
    args = parser.parse_args()
    chance = random.Random(3)
    parts: list[list[Cell]] = [
        [f"Bracket {n}", n * 7, (n * 1.5, "#,##0.00 [$€-407]"), (45000 + n, "dd/mm/yyyy")]
        for n in range(1, 251)
    ]
    staff: list[list[Cell]] = [
        [f"{a} {b}", chance.choice(CITIES), chance.randrange(20000, 90000), chance.randrange(10**6)]
        for a in FIRST
        for b in LAST
    ]
    chance.shuffle(staff)
    some = [str(row[0]) for row in chance.sample(parts, args.questions)]
    people = [str(row[0]) for row in chance.sample(staff, args.questions)]
    asked = {
        "stock of a part (xlsx)": [(f"How much is the stock of {one}?", one) for one in some],
        "phone of a person (xlsx)": [(f"What is the phone number of {p}?", p) for p in people],
        "salary of a person (xlsx)": [(f"What does {one} earn?", one) for one in people],
        "office of a person (csv)": [(f"Which office does {p} work in?", p) for p in people],
    }
    result: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        parts = [["Part", "Stock", "Price", "Ordered"], *parts]
        workbook(folder / "parts.xlsx", {"Warehouse": parts})
        workbook(folder / "staff.xlsx", {"Staff": [["Name", "City", "Salary", "Phone"], *staff]})
        with (folder / "staff.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["Employee", "Office", "Pay", "Phone"], *staff])
        profile = Profile(folder / "profile").create()
        worker = retrieval_process(profile, profile.library)
        library = LibraryService(worker)
        samples = library.samples()
        sheets, text = library.create("Sheets"), library.create("Text")
        list(library.add(sheets.id, [str(folder / "parts.xlsx"), str(folder / "staff.xlsx")]))
        list(library.add(text.id, [str(folder / "staff.csv")]))
        for each in (sheets, text):
            result |= {file.name: file.passages for file in library.files(each.id)}
            list(library.add(each.id, samples))
        for name, questions in asked.items():
            where, end = (text, ",") if "csv" in name else (sheets, " |")
            ranks = []
            for question, row in questions:
                hits = library.search(question, (where.id,), 8).hits
                found = (n for n, hit in enumerate(hits, 1) if row + end in hit.passage.text)
                ranks.append(next(found, 99))
            hit = {f"hit@{k}": round(sum(r <= k for r in ranks) / len(ranks), 3) for k in (1, 3, 8)}
            result[name] = hit
        worker.close()
    args.out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
