"""Names beside codes: what a source, a resource or a registry is called in the reader's language."""

from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from xilin.kernel.standards.queries import current_version, declared
from xilin.web.languages import is_pairing

# Departments and areas have a short and a plain name instead of `name` alone.
_NAMES: dict[str, Any] = {"department": lambda one: one.short, "area": lambda one: one.name}


@lru_cache(maxsize=64)
def _known(kind: str, language: str, version: str, _pairing: bool) -> dict[str, str]:
    name = _NAMES.get(kind, lambda one: one.name)
    return {code: name(one).of(language) for code, one in declared(kind).items()} if version else {}


class Names:
    """Declared names by kind and code; the version in force is asked for once."""

    def __init__(self) -> None:
        self._version: str | None = None

    def of(self, kind: str, code: str) -> str:
        """What a code is called; the code itself where it is declared no more."""
        return self.all(kind).get(code, code)

    def all(self, kind: str) -> dict[str, str]:
        """Every name of a kind."""
        if self._version is None:
            version = current_version()
            self._version = version.digest if version else ""
        return _known(kind, get_language() or "", self._version, is_pairing())
