"""`cases`: test cases of the search, a person's own."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from pathlib import Path
from typing import Any

from app.cli.output import Watcher, print_json
from app.cli.why import add_passage_arguments, expected_of
from app.core.errors import BadInput
from app.core.messages import FindText
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.types import CaseScores, Expected, SettingScore, TestCase
from app.services.assemble import Loam, build


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("cases", help="questions with the passage a search must find")
    parser.add_argument("--json", action="store_true")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="all test cases")
    add = actions.add_parser("add", help="keep a question and what must be found for it")
    add.add_argument("question")
    add.add_argument("--words", metavar="TEXT", help="words that stand in the right passage")
    add_passage_arguments(add)
    add.add_argument("--collection", action="append", default=[], metavar="NAME")
    for name, meaning in (("remove", "delete a test case"), ("restore", "take that back")):
        actions.add_parser(name, help=meaning).add_argument("id", type=int)
    actions.add_parser("score", help="how each way to search does on them")
    parser.set_defaults(run=run_cases)


def run_cases(args: argparse.Namespace, profile: Profile) -> int:
    """The actions of `cases`. Errors: BadInput, NotFound."""
    with contextlib.closing(build(profile)) as loam:
        if args.action == "list":
            for case in loam.cases.cases():
                _print(case, args.json)
        elif args.action == "add":
            _print(_add(loam, args), args.json)
        elif args.action == "remove":
            loam.cases.remove(args.id)
        elif args.action == "restore":
            loam.cases.restore(args.id)
        else:
            _score(loam, args.json)
    return 0


def _add(loam: Loam, args: argparse.Namespace) -> TestCase:
    expected = expected_of(args)
    if expected is None:
        raise BadInput(problem="Give --words, or --file and --text.")
    known = {c.name: c.id for c in loam.library.collections()}
    for name in args.collection:
        if name not in known:
            raise BadInput(problem=f"There is no collection {name}.")
    collections = [known[name] for name in args.collection]
    if expected.text:
        expected = _in_the_library(loam, expected)
    return loam.cases.add(args.question, expected, collections)


def _in_the_library(loam: Loam, expected: Expected) -> Expected:
    """With the content of the file, so that the case outlives its name."""
    found = loam.library.whereabouts(FindText(expected)).places
    places = [place for place in found if place.end > place.start]
    if not places:
        name = Path(expected.path).name
        raise BadInput(
            problem=f"This text does not stand in {name}, or that is not in a collection."
        )
    first = places[0]
    return dataclasses.replace(
        expected, sha256=first.sha256, start=first.start, end=first.end, text=first.text
    )


def _score(loam: Loam, as_json: bool) -> None:
    watch, scores = Watcher(as_json), None
    for event in loam.cases.score(Cancel()):
        watch.see(event)
        if isinstance(event, CaseScores):
            scores = event
    watch.clear()
    assert scores is not None
    if as_json:
        print_json(scores_json(scores))
        return
    print(f"{scores.scored} of {len(scores.cases)} test cases can be scored.")
    print("\nsearch                              first  in 5  in 10  mean place")
    for each in scores.settings:
        mark = "  (in use)" if each.current else ""
        mean = f"{each.mean_rank:10.1f}" if each.found else "         -"
        hits = f"{each.hit_1:5.0%} {each.hit_5:5.0%}  {each.hit_10:5.0%}"
        print(f"{named(each):34}  {hits}  {mean}{mark}")
    if scores.not_reranked[0]:
        count, why = scores.not_reranked
        print(f"The reranking model did not order {count} of them: {why}")
    print("\nrelevance needed: questions answered")
    for level in scores.relevances:
        mark = "  (in use)" if level.current else ""
        print(f"{level.relevance:.2f}: {level.answered} of {scores.scored}{mark}")
    for case in scores.cases:
        if case.lost is not None:
            print(f"Not scored ({case.lost.value}): {case.case.question}")


def named(score: SettingScore) -> str:
    """A way to search, in words."""
    around = ", with neighbours" if score.neighbours else ""
    around = ", reranked" if score.reranked else around
    if score.share <= 0:
        return f"words only{around}"
    if score.share >= 1:
        return f"meaning only{around}"
    return f"both, {score.share:.0%} meaning{around}"


def scores_json(scores: CaseScores) -> dict[str, Any]:
    """Scores in the documented form."""
    shares = sorted({each.share for each in scores.settings})
    return {
        "cases": [
            {
                **case_json(each.case),
                "lost": each.lost.value if each.lost else None,
                "ranks": {
                    f"{s:g}": rank or None for s, rank in zip(shares, each.ranks, strict=False)
                },
                "reranked": each.reranked or None,
                "best_relevance": round(each.best_relevance, 4),
            }
            for each in scores.cases
        ],
        "settings": [dataclasses.asdict(each) for each in scores.settings],
        "relevances": [dataclasses.asdict(each) for each in scores.relevances],
        "not_reranked": {"cases": scores.not_reranked[0], "why": scores.not_reranked[1]},
    }


def case_json(case: TestCase) -> dict[str, Any]:
    """A test case in the documented form."""
    return dataclasses.asdict(case)


def _print(case: TestCase, as_json: bool) -> None:
    if as_json:
        print_json(case_json(case))
        return
    expected = case.expected
    where = f"“{expected.words}”" if expected.words else Path(expected.path).name
    print(f"{case.id:6}  {case.question}  ->  {where}")
