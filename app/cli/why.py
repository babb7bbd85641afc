"""`why`: how an answer came about, and why it does not have what it should."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.cli.output import hit_json, print_json
from app.core.errors import BadInput
from app.core.paths import Profile
from app.core.types import Autopsy, Cut, Examined, Expected, Through, Verdict
from app.services import verdict_words
from app.services.assemble import build

_SHOWN = 70


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    why = commands.add_parser("why", help="how an answer from documents came about")
    why.add_argument("--chat", type=int, metavar="N", help="the last answer of this chat")
    why.add_argument("--message", type=int, metavar="N", help="this answer")
    why.add_argument("--words", metavar="TEXT", help="words that a right answer would have")
    add_passage_arguments(why)
    why.add_argument("--keep", action="store_true", help="keep that as a test case of the search")
    why.add_argument("--prompt", action="store_true", help="print the prompt as well")
    why.add_argument("--json", action="store_true", help="one JSON object")
    why.set_defaults(run=run_why)


def add_passage_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that name a passage of a document."""
    parser.add_argument("--file", metavar="PATH", help="the document that has the passage")
    parser.add_argument("--text", metavar="TEXT", help="the passage as it stands there")


def run_why(args: argparse.Namespace, profile: Profile) -> int:
    """Explain one answer. Errors: BadInput, NotFound."""
    if (args.chat is None) == (args.message is None):
        raise BadInput(problem="Give either --chat or --message.")
    wanted = expected_of(args)
    with contextlib.closing(build(profile)) as loam:
        message = loam.autopsies.last(args.chat) if args.message is None else args.message
        autopsy = loam.autopsies.why(message)
        verdict = None if wanted is None else loam.autopsies.verdict(message, wanted)
        if args.keep:
            if verdict is None:
                raise BadInput(problem="--keep needs --words, or --file and --text.")
            kept = loam.cases.add(
                autopsy.question, loam.cases.kept(verdict), autopsy.collections, autopsy.query
            )
            case: dict[str, Any] = {"case": kept.id}
        else:
            case = {}
    if args.json:
        said = {} if verdict is None else {"verdict": verdict_json(verdict, autopsy)}
        print_json({"message": message, **autopsy_json(autopsy), **said, **case})
        return 0
    print_autopsy(autopsy, args.prompt)
    if verdict is not None:
        title, text, do = verdict_words.words(verdict, autopsy).said()
        print(f"\n{title}. {text} {do}")
    if case:
        print(f"Kept as test case {case['case']}.")
    return 0


def expected_of(args: argparse.Namespace) -> Expected | None:
    """What the options say that should have been found. Errors: BadInput."""
    if bool(args.file) != bool(args.text):
        raise BadInput(problem="--file and --text go together.")
    if args.file and args.words:
        raise BadInput(problem="Give either --words, or --file and --text.")
    if args.file:
        return Expected(path=str(Path.cwd() / args.file), text=args.text)
    return Expected(words=args.words) if args.words else None


def autopsy_json(autopsy: Autopsy) -> dict[str, Any]:
    """A record in the documented form."""
    return {
        "question": autopsy.question,
        "query": autopsy.query,
        "collections": list(autopsy.names),
        "filter": dataclasses.asdict(autopsy.only) if autopsy.only else None,
        "declined": autopsy.declined,
        "forced": autopsy.forced,
        "best_relevance": round(autopsy.best_relevance, 4),
        "found": [
            {
                "rank": number,
                "keyword_rank": each.hit.keyword_rank or None,
                "meaning_rank": each.hit.meaning_rank or None,
                "rerank_rank": each.hit.rerank_rank or None,
                "cosine": round(each.hit.cosine, 4),
                "keyword": round(each.hit.keyword, 4),
                "used": each.cut is Cut.READ,
                "cut": None if each.cut is Cut.READ else each.cut.value,
                **hit_json(each.hit),
            }
            for number, each in enumerate(autopsy.found, 1)
        ],
        "not_reranked": autopsy.not_reranked or None,
        "searches": [
            {
                "query": made.query,
                "best_relevance": round(made.best_relevance, 4),
                "problem": made.problem,
                "found": [
                    {
                        "rank": number,
                        "keyword_rank": each.hit.keyword_rank or None,
                        "meaning_rank": each.hit.meaning_rank or None,
                        "given": each.cut is Cut.READ,
                        **hit_json(each.hit),
                    }
                    for number, each in enumerate(made.found, 1)
                ],
            }
            for made in autopsy.searches
        ],
        "through": dataclasses.asdict(autopsy.through) if autopsy.through else None,
        "reading": autopsy.reading.value,
        "also_read": [dataclasses.asdict(each) for each in autopsy.also_read],
        "also_count": autopsy.also_count,
        "prompt": [dataclasses.asdict(each) for each in autopsy.prompt],
        "prompt_cut": autopsy.prompt_cut,
        "dropped_turns": autopsy.dropped_turns,
        "model": autopsy.model,
        "settings": {
            "relevance": autopsy.relevance,
            "meaning_share": autopsy.share,
            "passages": autopsy.passages,
            "only_documents": autopsy.only_documents,
            "temperature": autopsy.temperature,
            "context_length": autopsy.context_length,
        },
    }


def verdict_json(verdict: Verdict, autopsy: Autopsy) -> dict[str, Any]:
    """A verdict in the documented form."""
    title, text, do = verdict_words.words(verdict, autopsy).said()
    place = verdict.place
    return {
        "finding": verdict.finding.value,
        "title": title,
        "text": text,
        "do": do,
        "place": None
        if place is None
        else {
            "path": place.file.path,
            "state": place.file.state.value,
            "page": place.page,
            "start": place.start,
            "end": place.end,
        },
        "rank": verdict.rank or None,
        "keyword_rank": verdict.keyword_rank or None,
        "meaning_rank": verdict.meaning_rank or None,
        "looked": verdict.looked,
        "rank_then": verdict.then or None,
        "unread": [file.path for file in verdict.unread],
    }


def print_autopsy(autopsy: Autopsy, prompt: bool = False) -> None:
    """A record for people."""
    print(f"Asked: {autopsy.question}")
    if autopsy.query != autopsy.question:
        print(f"Searched for: {autopsy.query}")
    print(f"In: {', '.join(autopsy.names) or 'these documents'}")
    if autopsy.through is not None:
        _print_through(autopsy.through)
        _print_prompt(autopsy, prompt)
        return
    for made in autopsy.searches:
        print(f"\nThe model searched for “{made.query}”:")
        _print_found(made.found)
    if autopsy.searches:
        _print_prompt(autopsy, prompt)
        return
    print(
        f"Relevance of the nearest: {autopsy.best_relevance:.2f}, needed: {autopsy.relevance:.2f}. "
        + ("Declined; the model was not asked." if autopsy.declined else "")
    )
    if autopsy.not_reranked:
        print(f"Not ordered by the reranking model: {autopsy.not_reranked}")
    _print_found(autopsy.found)
    if autopsy.also_count:
        print(f"Read besides: {autopsy.also_count} passages ({autopsy.reading.value}).")
    _print_prompt(autopsy, prompt)


def _print_found(found: Sequence[Examined]) -> None:
    print("\n   #  words  meaning  model  score  read  passage")
    for number, each in enumerate(found, 1):
        hit = each.hit
        passage = hit.passage
        page = f", page {passage.page}" if passage.page else ""
        text = " ".join(passage.text.split())[:_SHOWN]
        used = "yes" if each.cut is Cut.READ else "no"
        print(
            f"{number:4}  {hit.keyword_rank or '-':>5}  {hit.meaning_rank or '-':>7}"
            f"  {hit.rerank_rank or '-':>5}  {hit.score:.2f}   {used:4}"
            f"  {Path(passage.path).name}{page}: {text}"
        )
    cut = {each.cut for each in found} - {Cut.READ}
    for reason in sorted(cut):
        print(f"Not read because: {verdict_words.CUTS[reason]}.")


def _print_through(through: Through) -> None:
    done, every = through.passages, through.of_passages
    print(f"Gone through: {done:,} of {every:,} passages; {through.how}.")
    for each in through.stretches:
        said = " ".join(each.said.split())[:_SHOWN]
        kept = "; ".join(each.kept) or "nothing"
        page = f", page {each.page}" if each.page else ""
        where = f"{Path(each.path).name}{page}" if each.end else "its own notes"
        print(f"  {where}: “{said}” -> {kept}")
        if each.dropped:
            print(f"    left out: {'; '.join(each.dropped)}")
    if not through.stretches:
        for file in through.files:
            print(f"  {Path(file.path).name}: {file.passages:,} passages, {file.found:,} found")


def _print_prompt(autopsy: Autopsy, prompt: bool) -> None:
    if prompt:
        for part in autopsy.prompt:
            print(f"\n--- {part.role}\n{part.text}")
