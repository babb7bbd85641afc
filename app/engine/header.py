"""What a GGUF file says of itself, for a person and for planning, without loading it.

The bytes are read by core/gguf.py, with bounds. Limits: a model in several files is named by its
first.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.core.errors import NotAModel
from app.core.gguf import Header, Tensor, is_embedding, number, read
from app.core.gguf_types import FILE_TYPES
from app.core.hubnames import all_parts
from app.core.types import ModelInfo

__all__ = ["Header", "Tensor", "inspect", "read", "read_all", "title"]

_TOOLS = re.compile(r"{%[^}]*\btools\b")  # a template that asks whether there are any


def inspect(path: str) -> ModelInfo:
    """Metadata of a model, or of a vision add-on. Errors: MissingFile, NotAModel."""
    from app.engine import projector  # which reads headers itself

    header = read(path)
    values = header.values
    architecture = str(values.get("general.architecture", ""))
    kind = str(values.get("general.type", "model"))
    part = number(values, "split.no")
    if part:  # such a file says nothing else
        reason = f"it is part {part + 1} of a model in several files; choose the first"
        raise NotAModel(path=path, reason=reason)
    if not architecture:
        raise NotAModel(path=path, reason="it does not say what kind of model it is")
    if kind == "adapter":
        raise NotAModel(path=path, reason="it is an addition to a model, not a model")
    size, parameters, types = header.size_bytes, header.parameters, header.types
    parts = _other_parts(path, number(values, "split.count"))
    for other in map(read, parts):
        size, parameters, types = (
            size + other.size_bytes, parameters + other.parameters, types + other.types
        )  # fmt: skip
    is_projector = projector.is_projector(header)
    file_type = FILE_TYPES.get(number(values, "general.file_type", -1))
    common = types.most_common(1)
    return ModelInfo(
        path=path,
        name=title(Path(path)),
        architecture=architecture[:80],
        quantization=file_type or (common[0][0] if common else ""),
        size_bytes=size,
        parameters=parameters,
        context_trained=number(values, f"{architecture}.context_length"),
        has_chat_template=bool(values.get("tokenizer.chat_template")),
        is_embedding=is_embedding(architecture, values),
        licence=str(values.get("general.license", ""))[:80],
        layers=number(values, f"{architecture}.block_count"),
        files=1 + len(parts),
        calls_tools=_calls_tools(str(values.get("tokenizer.chat_template", ""))),
        projector="" if is_projector else projector.beside(path),
        is_projector=is_projector,
    )


def read_all(path: str) -> list[Header]:
    """The headers of all files of a model, the first first. Errors: MissingFile, NotAModel."""
    first = read(path)
    return [first, *map(read, _other_parts(path, number(first.values, "split.count")))]


def _other_parts(path: str, count: int) -> list[str]:
    """The files after the first of a model in several. Errors: NotAModel."""
    if count < 2:
        return []
    first = Path(path)
    names = all_parts(first.name)
    if len(names) != count:
        reason = "it is the first of several files and is not named as one"
        raise NotAModel(path=path, reason=reason)
    missing = [name for name in names if not (first.parent / name).is_file()]
    if missing:
        raise NotAModel(path=path, reason=f"a part of it is missing: {missing[0]}")
    return [str(first.parent / name) for name in names[1:]]


def title(path: Path) -> str:
    """A model's name for a person, from its file's: those are what people know models by, while
    the name inside is often that of a training run. The type at the end goes, it is shown apart."""
    words = re.sub(r"-\d{5}-of-\d{5}$", "", path.stem)
    words = re.sub(r"[-_.](?:I?Q\d\w*|T?Q\d_\d|BF16|F16|F32|FP16|MXFP4\w*)$", "", words, flags=re.I)
    return re.sub(r"[-_]+", " ", words).strip()[:200] or path.name


def _calls_tools(template: str) -> bool:
    """Whether a template tells its model of tools, and has it call them in a form that
    core/tool_calls.py reads."""
    if not _TOOLS.search(template):
        return False
    tagged = "<tool_call>" in template and not ("<function=" in template or "<arg_key>" in template)
    return tagged or "[TOOL_CALLS]" in template or "ipython" in template
