"""What every error that a person may see is made of.

`what` and `do` are English templates with {named} places, so that ui/ can translate them before
filling them in.
"""

from __future__ import annotations


class LoamError(Exception):
    """Base of the tree. `params` fill the templates; `detail` is for the Details button."""

    what = "Something went wrong."
    do = "Try again. If it happens once more, the details help to report it."

    def __init__(self, detail: str = "", **params: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.params = {name: str(value) for name, value in params.items()}

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.detail, self.params))

    @property
    def what_text(self) -> str:
        """What happened, in English, filled in."""
        return self.what.format_map(_Blank(self.params))

    @property
    def do_text(self) -> str:
        """What to do, in English, filled in."""
        return self.do.format_map(_Blank(self.params))

    def __str__(self) -> str:
        return f"{self.what_text} {self.do_text}".strip()


class _Blank(dict[str, str]):
    """Leaves unknown places visible instead of failing while an error is being shown."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _rebuild(kind: type[LoamError], detail: str, params: dict[str, str]) -> LoamError:
    return kind(detail, **params)
