"""`ask` and `search`: questions about files, from the terminal."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

from app.cli import adapters, filters, forms, index_place, loading, over, pictures, servers, why
from app.cli.output import (
    Watcher,
    answer_json,
    check_lines,
    hit_json,
    print_json,
    source_line,
    step_line,
)
from app.core.errors import BadInput
from app.core.messages import AnswerDone, Explained, Found, WentThrough
from app.core.paths import Profile, existing_file
from app.core.process import Cancel
from app.core.servernames import is_remote
from app.core.types import AdapterUse, Autopsy, ModelSpec, Over, Sampling
from app.services import adhoc
from app.services.children import engine_process, retrieval_process
from app.services.device_plan import DevicePlans
from app.services.library import LibraryService
from app.services.models import ModelService
from app.services.preferences import SettingsService
from app.services.question import Question

SEED = 1


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    ask = commands.add_parser("ask", help="answer a question from documents, with citations")
    ask.add_argument("question")
    ask.add_argument("--docs", nargs="+", metavar="PATH", default=[], help="files and folders")
    ask.add_argument("--collection", action="append", default=[], metavar="NAME")
    filters.add_arguments(ask)
    ask.add_argument("--model", metavar="FILE|NAME", help="a GGUF file, or a model on a server")
    adapters.add_adapter_argument(ask)
    over.add_over_argument(ask)
    ask.add_argument("--top", type=int, metavar="N", help="passages given to the model")
    forms.add_form_arguments(ask)
    pictures.add_argument(ask, "show the model a picture")
    ask.add_argument("--tools", action="store_true", help="let the model search by itself")
    ask.add_argument("--anyway", action="store_true", help="answer even if nothing was found")
    ask.add_argument("--nearest", action="store_true", help="read passages of any relevance")
    ask.add_argument("--explain", action="store_true", help="say how the answer came about")
    ask.add_argument("--json", action="store_true", help="one JSON object")
    loading.add_flags(ask)
    ask.set_defaults(run=run_ask)
    search = commands.add_parser("search", help="find passages in documents")
    search.add_argument("query", nargs="?")
    search.add_argument("--docs", nargs="+", metavar="PATH", default=[])
    search.add_argument("--collection", action="append", default=[], metavar="NAME")
    search.add_argument("--queries", metavar="FILE.jsonl", help='lines {"id": ..., "query": ...}')
    filters.add_arguments(search)
    search.add_argument("--top", type=int, default=8, metavar="N")
    search.add_argument("--json", action="store_true", help="one JSON object a query")
    search.set_defaults(run=run_search)


def run_ask(args: argparse.Namespace, profile: Profile) -> int:
    """Answer once. Errors: BadInput, ModelError, DocumentError trees."""
    watch, cancel = Watcher(args.json), Cancel()
    if not args.question.strip():
        raise BadInput(problem="The question is empty.")
    settings = SettingsService(profile.settings)
    form = forms.form_of(args)
    top = settings.current.passages if args.top is None else _positive(args.top)
    engine = engine_process(profile)
    models = ModelService(engine, settings, profile.models)
    done: AnswerDone | None = None
    autopsy: Autopsy | None = None
    went: WentThrough | None = None
    closing = contextlib.ExitStack()
    try:
        loading.take(args, models)
        spec = _spec(models, args.model, adapters.adapter_uses(args.adapter))
        advice = loading.advising(models, DevicePlans(engine), spec)
        with advice, _library(profile, args, watch) as (library, collections):
            shown = closing.enter_context(pictures.shown(profile, args.image, models, spec))
            question = Question(
                text=args.question,
                spec=spec,
                # Asking twice on the terminal gives the same answer twice.
                sampling=Sampling(temperature=0.0, max_tokens=256, seed=SEED),
                collections=collections,
                only=filters.given(args, library, collections),
                only_documents=not args.anyway and not shown,
                passages=top,
                relevance=-1.0 if args.nearest else settings.current.relevance,
                share=settings.current.meaning_share,
                form=form,
                pictures=shown,
                tools=args.tools,
                over=Over(args.over),
            )
            everything = over.answering(profile, engine, library, bool(args.docs))
            closing.callback(everything.close)
            question = over.chosen(everything, question, args.json)
            if everything.wish(question):
                closing.enter_context(over.stoppable(cancel))
            for event in everything.answer(question, cancel):
                watch.see(event)
                if isinstance(event, AnswerDone):
                    done = event
                elif isinstance(event, Explained):
                    autopsy = event.autopsy
                elif isinstance(event, WentThrough):
                    went = event
    finally:
        closing.close()
        engine.close()
    watch.clear()
    assert done is not None
    if args.json:
        more = {"explain": why.autopsy_json(autopsy)} if args.explain and autopsy else {}
        if went is not None:
            more["everything"] = over.went_json(went)
        print_json({**answer_json(done), **more})
        return 0
    for step in done.steps:
        watch.say(step_line(step))
    print(done.text)
    if done.sources:
        print("\nNearest passages:" if done.declined else "\nSources:")
        for source in done.sources:
            print(f"  {source_line(source)}")
    if went is not None:
        print(f"\n{done.note[:1].upper()}{done.note[1:]}.")
    if done.checks:
        print("\n" + "\n".join(check_lines(done)))
    if args.explain and autopsy is not None:
        print()
        why.print_autopsy(autopsy, prompt=True)
    return 0


def _take_query(args: argparse.Namespace) -> None:
    """A query that was written after the paths of --docs has been taken for one of them."""
    last = args.docs[-1] if args.docs else ""
    if not args.query and not args.queries and len(args.docs) > 1 and not Path(last).exists():
        args.query = args.docs.pop()


def run_search(args: argparse.Namespace, profile: Profile) -> int:
    """Search for one query or a file of them. Errors: BadInput."""
    watch = Watcher(args.json)
    top = _positive(args.top)
    _take_query(args)
    if (args.query is None) == (args.queries is None):
        raise BadInput(problem="Give either a query or --queries FILE.jsonl.")
    if not args.docs and not args.collection:
        raise BadInput(problem="Give --docs PATH or --collection NAME.")
    share = SettingsService(profile.settings).current.meaning_share
    queries = [(None, args.query)] if args.queries is None else list(_queries(args.queries))
    with _library(profile, args, watch) as (library, collections):
        only = filters.given(args, library, collections)
        for query_id, query in queries:
            found = library.search(query, collections, top, only=only, share=share)
            if args.json or args.queries is not None:
                key = {"query": query} if args.queries is None else {"id": query_id}
                more = {"not_reranked": found.not_reranked} if found.not_reranked else {}
                print_json({**key, "hits": [hit_json(hit) for hit in found.hits], **more})
            else:
                _print_found(found)
    return 0


def _print_found(found: Found) -> None:
    for number, hit in enumerate(found.hits, 1):
        passage = hit.passage
        page = f", page {passage.page}" if passage.page else ""
        print(f"{number}. {passage.path}{page}  (score {hit.score:.2f})")
        print(f"   {' '.join(passage.text.split())[:300]}\n")
    if not found.hits:
        print("Nothing found.")
    if found.not_reranked:
        print(f"Not ordered by the reranking model: {found.not_reranked}")


@contextlib.contextmanager
def _library(
    profile: Profile, args: argparse.Namespace, watch: Watcher
) -> Iterator[tuple[LibraryService, tuple[int, ...]]]:
    """The index for --docs, brought up to date, with the collections to ask (no docs: none); or
    that of the window, with the collections that were named."""
    docs: list[str] = args.docs
    if args.collection and docs:
        raise BadInput(problem="Give either --docs or --collection.")
    if args.collection:
        settings = SettingsService(profile.settings)
        worker = retrieval_process(profile, profile.library, settings)
        try:
            library = LibraryService(worker, reranker=lambda: settings.current.reranker)
            yield library, library.ids(args.collection)
            if settings.current.index_server:
                index_place.tell(library.health(), watch)
        finally:
            worker.close(patience=10.0)
        return
    with adhoc.opened(profile, docs) as (library, paths):
        if not paths:
            yield library, ()
            return
        for event in adhoc.update(library, paths):
            watch.see(event)
        watch.clear()
        collections = library.collections()
        if not any(c.passages for c in collections):
            problem = f"No text that can be read was found in {', '.join(docs)}."
            raise BadInput(problem=problem)
        yield library, tuple(c.id for c in collections)


def _queries(name: str) -> Iterator[tuple[object, str]]:
    lines = existing_file(name).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield row["id"], str(row["query"])
        except (ValueError, KeyError, TypeError):
            problem = f"{name}, line {number}: not an object with 'id' and 'query'."
            raise BadInput(problem=problem) from None


def _spec(models: ModelService, model: str | None, uses: tuple[AdapterUse, ...]) -> ModelSpec:
    if model is None:
        spec = models.spec_for()
    else:
        path = models.resolve(model)
        if is_remote(path):
            spec = ModelSpec(path, models.servers.context(path))
        else:
            spec = models.as_chosen(models.spec_of(path))
    servers.told(spec.path)
    return dataclasses.replace(spec, adapters=uses)


def _positive(number: int) -> int:
    if not 1 <= number <= 1000:
        raise BadInput(problem=f"--top must be from 1 to 1000, not {number}.")
    return number
