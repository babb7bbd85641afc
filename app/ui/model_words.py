"""What a model is called where nobody has read its header yet."""

from __future__ import annotations

import re
from pathlib import Path

from app.core.servernames import is_remote

_QUANTIZATION = re.compile(r"[-_. ](?:I?Q\d\w*|F16|F32|BF16)$", re.IGNORECASE)


def from_path(path: str) -> str:
    """A readable name from a file's name: 'SmolLM2-135M-Instruct.Q4_0.gguf'; of a model on a
    server the name that it has there."""
    if is_remote(path):
        from app.ui import server_words

        return server_words.model_name(path)
    stem = _QUANTIZATION.sub("", Path(path).stem)
    return re.sub(r"[-_]+", " ", stem).strip() or stem
