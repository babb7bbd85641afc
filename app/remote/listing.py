"""Which models a server has, what kind of server it is, and how much each model keeps in mind.

The OpenAI API tells no context length. llama.cpp's server, Ollama and LM Studio tell it at
addresses of their own, vLLM beside the model's name; for others it is 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from app.core.errors import LoamError, ServerError
from app.core.messages import ListServed, Served
from app.core.servernames import place
from app.core.types import SERVER_CONTEXT, ServerModel
from app.remote.config import RemoteConfig
from app.remote.exchange import Order
from app.remote.replies import Refused, clean, get, number

_MOST_MODELS = 500
_LONGEST_NAME = 200
_MOST_ASKED = 20  # models of Ollama that are asked for one by one
_OWNERS = {"llamacpp": "llama.cpp", "vllm": "vllm", "library": "ollama"}
_NUM_CTX = re.compile(r"^num_ctx\s+(\d{2,8})\s*$", re.MULTILINE)


def served(request: ListServed, config: RemoteConfig, cancelled: Callable[[], bool]) -> Served:
    """Errors: ServerError tree, Cancelled."""
    return _Listing(request, config, cancelled).run()


class _Listing:
    def __init__(
        self, request: ListServed, config: RemoteConfig, cancelled: Callable[[], bool]
    ) -> None:
        self._address, self._key = request.address, request.key
        self._certificate = request.certificate
        self._config, self._cancelled = config, cancelled

    def run(self) -> Served:
        try:
            found = self._get(f"{self._address}/models")
        except (ValueError, Refused) as error:
            reason = "it does not speak the OpenAI API"
            raise ServerError(repr(error), place=place(self._address), reason=reason) from None
        entries = found.get("data") if isinstance(found, dict) else None
        if not isinstance(entries, list):
            reason = "it tells of no models"
            raise ServerError(place=place(self._address), reason=reason)
        entries = [each for each in entries[:_MOST_MODELS] if isinstance(each, dict)]
        names = {each["id"]: each for each in entries if _is_name(each.get("id"))}
        owners = {str(each.get("owned_by", "")).lower() for each in entries}
        kind = next((kind for owner, kind in _OWNERS.items() if owner in owners), "")
        contexts = {name: number(each.get("max_model_len")) for name, each in names.items()}
        if kind == "llama.cpp":
            contexts = self._llama(names)
        elif kind == "ollama":
            contexts = self._ollama(list(names))
        elif not kind and (more := self._studio()) is not None:
            kind = "lmstudio"
            contexts = {name: more[name] for name in names if name in more}
        models = [ServerModel(name, contexts.get(name, 0)) for name in names]
        if kind == "lmstudio":
            models = [model for model in models if model.name in contexts]
        return Served(kind, tuple(models))

    def _llama(self, names: dict[str, Any]) -> dict[str, int]:
        props = self._more("/props")
        settings = props.get("default_generation_settings")
        context = number(settings.get("n_ctx")) if isinstance(settings, dict) else 0
        context = context or number(props.get("n_ctx"))
        return dict.fromkeys(names, context)

    def _ollama(self, names: list[str]) -> dict[str, int]:
        """What is loaded tells how it is; else what the model was given, or Ollama's default."""
        loaded = {
            str(each.get("name")): number(each.get("context_length"))
            for each in _dicts(self._more("/api/ps").get("models"))
        }
        contexts = {}
        for name in names[:_MOST_ASKED]:
            contexts[name] = loaded.get(name, 0)
            if not contexts[name]:
                shown = self._more("/api/show", {"model": name})
                given = _NUM_CTX.search(str(shown.get("parameters", ""))[:10_000])
                trained = _trained(shown.get("model_info"))
                contexts[name] = int(given[1]) if given else min(trained, SERVER_CONTEXT)
        return contexts

    def _studio(self) -> dict[str, int] | None:
        """Contexts of LM Studio's models that write; None when it is another server."""
        entries = _dicts(self._more("/api/v0/models").get("data"))
        if not any("max_context_length" in each for each in entries):
            return None
        return {
            str(each.get("id")): number(each.get("loaded_context_length"))
            or min(number(each.get("max_context_length")), SERVER_CONTEXT)
            for each in entries
            if each.get("type") != "embeddings"
        }

    def _more(self, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        """What a server tells at an address of its own kind; nothing where it does not."""
        root = self._address.removesuffix("/v1")
        try:
            found = self._get(f"{root}{path}", body)
        except (ValueError, Refused):
            return {}
        except LoamError:
            if self._cancelled():
                raise
            return {}
        return found if isinstance(found, dict) else {}

    def _get(self, url: str, body: dict[str, str] | None = None) -> Any:
        config = self._config
        raw = None if body is None else json.dumps(body).encode()
        limits = (config.connect, config.listing, config.listing)
        order = Order(url, raw, self._key, *limits, self._certificate)
        return get(order, self._cancelled)


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _trained(info: object) -> int:
    if not isinstance(info, dict):
        return 0
    found = [number(v) for name, v in info.items() if str(name).endswith(".context_length")]
    return max(found, default=0)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and clean(value) == value
