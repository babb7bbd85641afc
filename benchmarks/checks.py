"""How far the check of answers can be trusted: true and false sentences against real sources.

    python benchmarks/checks.py [--questions 300] [--seed 1] [--out FILE]

From XQuAD, SciFact and Cranfield (../shared/data). A sentence is checked against the passages that
the product's own search finds for its question (XQuAD), or those of its document (the others):
true ones as they stand, with a third of their words gone, or told by question and answer; false
ones with another answer of the same kind, one number or name changed, a number
of the passage in another's place, about other things, from the document most like it, with two
sentences of the passage mixed, or with a 'not' put in. Each set is counted for itself, with meaning
(the embedder) and by words alone, for a grid of thresholds, so that none is tuned to one set.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.paths import Profile
from app.core.sentences import content_words, sentences, sentences_within
from app.services import adhoc, citations
from app.services.library import LibraryService
from app.services.literals import literals
from app.services.opposing import denied, misplaced

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "retrieval"
_ASKING = re.compile(
    r"^(?:in |on |at |to |of |by |for |from |with )?(?:what|which|who|whom|whose|when|where|why|how"
    r"(?: many| much| long| far| old| large)?)\b(?: (?:did|does|do))?\s*",
    re.I,
)
_VERB = re.compile(r"\b(is|are|was|were|had|has|have|can|could|will|would)\b")
_TOP = 4


@dataclass(frozen=True)
class Case:
    """A sentence of a kind, whether it is true, and what it is held against."""

    set: str
    kind: str
    true: bool
    sentence: str
    passages: tuple[str, ...]
    around: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """share: of its words in each passage; lacks: whether a literal isn't there, or a 'not' is in
    the sentence alone; cosines."""

    case: Case
    share: tuple[float, ...]
    lacks: tuple[bool, ...]
    cosines: tuple[float, ...]

    def supported(self, words: float, meaning: float) -> bool:
        """As citations.support, with these thresholds; its own has none for meaning."""
        return any(
            share >= words and not lacks and cosine >= meaning
            for share, lacks, cosine in zip(self.share, self.lacks, self.cosines, strict=True)
        )


def kind_of(answer: str) -> str:
    """Answers of one kind can stand for each other."""
    if any(letter.isdigit() for letter in answer):
        return "number"
    return "name" if answer[:1].isupper() else "words"


def told(question: str, answer: str) -> str:
    """Question and answer as a clumsy statement."""
    return f"{_ASKING.sub('', question).rstrip('? ')} {answer}."


def changed(sentence: str, others: Sequence[str], chance: random.Random) -> str | None:
    """The sentence with one of its numbers, dates or names another."""
    found = literals(sentence)
    if not found:
        return None
    one = chance.choice(found)
    if one.kind == "name":
        other = chance.choice([o for o in others if o not in sentence])
    else:
        digits = re.sub(r"\d", lambda m: str((int(m[0]) + chance.randint(1, 8)) % 10), one.text)
        other = digits if digits != one.text else str(chance.randint(21, 99))
    return sentence[: one.start] + other + sentence[one.end :]


def swapped(sentence: str, passage: str, chance: random.Random) -> str | None:
    """The sentence with one of its numbers another one of the passage."""
    own = [one for one in literals(sentence) if one.kind == "number"]
    others_ = [o.text for o in literals(passage) if o.kind == "number" and o.text not in sentence]
    if not own or not others_:
        return None
    one = chance.choice(own)
    return sentence[: one.start] + chance.choice(others_) + sentence[one.end :]


def thinner(sentence: str, chance: random.Random) -> str:
    """The sentence without a third of its words, those that must be literal kept."""
    kept = {w for one in literals(sentence) for w in one.text.split()}
    words = [w for w in sentence.split() if w.strip(".,") in kept or chance.random() > 0.33]
    return " ".join(words)


def good(sentence: str) -> bool:
    """Long enough to say something."""
    return 40 <= len(sentence) <= 300 and len(content_words(sentence)) >= 5


def xquad(folder: Path, profile: Profile, many: int, chance: random.Random) -> Iterator[Case]:
    """Through files, index and search."""
    articles = json.loads((DATA / "xquad/xquad.en.json").read_text(encoding="utf-8"))["data"]
    rows = []
    for number, article in enumerate(articles):
        paragraphs = [p["context"] for p in article["paragraphs"]]
        (folder / f"{number:02}.md").write_text(
            f"# {article['title']}\n\n" + "\n\n".join(paragraphs)
        )
        rows += [
            (number, p["context"], q["question"], q["answers"][0])
            for p in article["paragraphs"]
            for q in p["qas"]
        ]
    answers = defaultdict(list)
    for number, _, _, gold in rows:
        answers[kind_of(gold["text"])].append((number, gold["text"]))
    chance.shuffle(rows)
    with adhoc.opened(profile, [str(folder)]) as (library, paths):
        for _ in adhoc.update(library, paths):
            pass
        for number, context, question, gold in rows[:many]:
            found = [hit.passage for hit in library.search(question, top=_TOP).hits]
            texts = tuple(p.text for p in found)
            around = tuple(citations.heading_of(p) for p in found)

            def case(
                kind: str,
                true: bool,
                sentence: str,
                texts: tuple[str, ...] = texts,
                around: tuple[str, ...] = around,
            ) -> Case:
                return Case("xquad", kind, true, sentence, texts, around)

            answer, at = gold["text"], gold["answer_start"]
            holds = [s.text for s in sentences(context) if s.start <= at < s.end]
            if not holds or not good(holds[0]) or not any(answer in text for text in texts):
                continue
            names = [t for n, t in answers["name"] if n != number]
            yield case("as it stands", True, holds[0])
            yield case("a third of the words gone", True, thinner(holds[0], chance))
            yield case("question and answer", True, told(question, answer))
            other = chance.choice([t for n, t in answers[kind_of(answer)] if n != number])
            yield case(f"other answer ({kind_of(answer)})", False, told(question, other))
            if wrong := changed(holds[0], names, chance):
                yield case("one number or name changed", False, wrong)
            if wrong := mixed(texts):
                yield case("two sentences mixed", False, wrong)
            if wrong := swapped(holds[0], context, chance):
                yield case("a number of something else", False, wrong)
            far = chance.choice([r for r in rows if r[0] != number])[1]
            if apart := [s.text for s in sentences(far) if good(s.text)]:
                yield case("about other things", False, apart[0])
            if _VERB.search(holds[0]):
                yield case("with 'not' in it", False, _VERB.sub(r"\1 not", holds[0], count=1))


def documents(name: str) -> list[tuple[str, str]]:
    """(title, text) of a set's documents."""
    if name == "scifact":
        lines = (DATA / "scifact/corpus.jsonl").read_text(encoding="utf-8").splitlines()
        return [(r["title"], r["text"]) for r in map(json.loads, lines)]
    raw = (DATA / "cranfield/cran.all.1400").read_text(encoding="latin-1")
    found = []
    for entry in re.split(r"(?m)^\.I \d+\n", raw)[1:]:
        parts = re.split(r"(?m)^\.[TABW]\n", entry)
        found.append((" ".join(parts[1].split()), " ".join(parts[-1].split())))
    return found


def mixed(passages: Sequence[str]) -> str | None:
    """The beginning of one sentence of a passage with the end of one that stands far from it."""
    for passage in passages:
        said = [s.text for s in sentences_within(passage) if good(s.text)]
        if len(said) > 4:
            first, last = said[0].split(), said[4].split()
            return " ".join((*first[: len(first) // 2], *last[len(last) // 2 :]))
    return None


def others(name: str, library: LibraryService, many: int, chance: random.Random) -> Iterator[Case]:
    """A document is what a sentence is held against; the false one is from the nearest other."""
    texts = [(t, w) for t, w in documents(name) if len(w) > 400]
    chance.shuffle(texts)
    texts = texts[: many * 2]
    rows = library.similarities([t for t, _ in texts[:many]], [w[:1000] for _, w in texts])
    for index, row in enumerate(rows):
        title, words = texts[index]
        near = max((n for n in range(len(row)) if n != index), key=row.__getitem__)
        own = [s.text for s in sentences(words) if good(s.text)]
        strange = [s.text for s in sentences(texts[near][1]) if good(s.text)]
        if not own or not strange:
            continue
        sentence = chance.choice(own)
        half = len(words) // 2
        passages = (words[: half + 200], words[half - 200 :])

        def case(
            kind: str,
            true: bool,
            sentence: str,
            passages: tuple[str, ...] = passages,
            title: str = title,
        ) -> Case:
            return Case(name, kind, true, sentence, passages, (title,) * len(passages))

        yield case("as it stands", True, sentence)
        yield case("a third of the words gone", True, thinner(sentence, chance))
        yield case("from the nearest other document", False, chance.choice(strange))
        if wrong := mixed(passages):
            yield case("two sentences mixed", False, wrong)
        if wrong := swapped(sentence, words, chance):
            yield case("a number of something else", False, wrong)
        if wrong := changed(sentence, ["Weiss", "Marlowe", "Kappa"], chance):
            yield case("one number or name changed", False, wrong)


def look(case: Case, library: LibraryService) -> Seen:
    """What the rules go by."""
    share, lacks = [], []
    for text, above in zip(case.passages, case.around, strict=True):
        share.append(citations.share_said(case.sentence, text, above))
        lacks.append(denied(case.sentence, text) or bool(misplaced(case.sentence, text, above)))
    cosines = library.similarities([case.sentence], case.passages)[0]
    return Seen(case, tuple(share), tuple(lacks), tuple(cosines))


def right(seen: Sequence[Seen], words: float, meaning: float) -> float:
    """Share of cases told rightly."""
    told_ = sum(one.supported(words, meaning) == one.case.true for one in seen)
    return round(told_ / len(seen), 3)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/checks.json")
    args = parser.parse_args()
    chance = random.Random(args.seed)
    seen: list[Seen] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "articles"
        folder.mkdir()
        profile = Profile(Path(place) / "profile").create()
        cases = list(xquad(folder, profile, args.questions, chance))
        with adhoc.opened(profile, [str(folder)]) as (library, _):
            for name in ("scifact", "cranfield"):
                cases += others(name, library, args.questions, chance)
            seen = [look(case, library) for case in cases]
    groups: dict[tuple[str, bool, str], list[Seen]] = defaultdict(list)
    for one in seen:
        groups[one.case.set, one.case.true, one.case.kind].append(one)
    result: dict[str, object] = {
        f"{name}: {'true' if true else 'false'}, {kind}": {
            "sentences": len(some),
            "words and meaning": right(some, 0.6, 0.35),
            "words alone": right(some, 0.6, -1.0),
            "meaning alone (0.5)": right(some, 0.0, 0.5),
        }
        for (name, true, kind), some in sorted(groups.items())
    }
    grid = {}
    for words in (0.5, 0.6, 0.7, 0.8):
        for meaning in (-1.0, 0.25, 0.35, 0.45):
            grid[f"words {words}, meaning {meaning}"] = {
                f"{name}, {'true' if true else 'false'}": right(
                    [
                        o
                        for o in seen
                        if o.case.set == name and o.case.true == true and "'not'" not in o.case.kind
                    ],
                    words,
                    meaning,
                )
                for name in ("xquad", "scifact", "cranfield")
                for true in (True, False)
            }
    result["grid, without 'not'"] = grid
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
