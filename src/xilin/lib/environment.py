"""Settings from the environment, each read by a helper that stops the start by name."""

import os
import re
from pathlib import Path


class BadSetting(SystemExit):
    """A variable of the environment has a value nobody can use; the start stops here."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"{name}={value!r} can't be used: {wanted}.")


def text(name: str, default: str = "") -> str:
    """A variable as it stands."""
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    """A variable that says yes or no."""
    value = os.environ.get(name, "").lower()
    if value in ("", "1", "true", "yes", "0", "false", "no"):
        return default if value == "" else value in ("1", "true", "yes")
    raise BadSetting(name, value, "write yes or no")


def number(name: str, default: int) -> int:
    """A variable that is a whole number."""
    value = os.environ.get(name, "")
    if not value:
        return default
    if not re.fullmatch(r"-?[0-9]+", value):
        raise BadSetting(name, value, "write a whole number")
    return int(value)


def folder(name: str, default: Path) -> Path:
    """A variable that names a folder; made absolute, not created."""
    return Path(os.environ.get(name) or default).expanduser().resolve()
