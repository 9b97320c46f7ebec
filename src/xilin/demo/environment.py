"""The addresses and passwords of the demo's sources: kept in one file, loaded into the environment."""

import os
from collections.abc import Mapping
from pathlib import Path


def path(home: Path) -> Path:
    """Where they are kept."""
    return home / "demo" / "environment"


def save(home: Path, values: Mapping[str, str]) -> None:
    """Keep them, readable by their owner only."""
    file = path(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{name}={value}\n" for name, value in sorted(values.items())), "utf-8")
    fresh.replace(file)


def read(home: Path) -> dict[str, str]:
    """What is kept; nothing where there was no demo."""
    try:
        lines = path(home).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def load(home: Path) -> dict[str, str]:
    """Put what is kept into the environment, where a name isn't set there already; what was put."""
    put = {name: value for name, value in read(home).items() if name not in os.environ}
    os.environ.update(put)
    return put
