"""Message catalogues: .po files compiled to .mo when they are newer, without gettext on the machine."""

import os
from pathlib import Path
from typing import Any

# What Babel takes the locale for, which knows no Mongolian in its own script without a region.
LOCALES = {"mn_Mong": "mn", "mn_Cyrl": "mn"}


def status(message: Any) -> str:
    """How well a translation is attested, a letter that its comment `#. status: C 搜索` names; "" where none does."""
    for comment in message.auto_comments:
        if comment.startswith("status: "):
            return str(comment.removeprefix("status: ")[:1])
    return ""


def compile_catalogues(package: Path) -> int:
    """Compile every stale .po below `package`; return how many were compiled."""
    compiled = 0
    for source in package.rglob("locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with source.open("rb") as text:
            catalogue = read_po(text, locale=LOCALES.get(source.parts[-3], source.parts[-3]))
        for message in [one for one in catalogue if one.id and not one.context and status(one)]:
            first = message.id if isinstance(message.id, str) else message.id[0]
            catalogue.add(first, status(message), context="status")
        with target.with_suffix(f".{os.getpid()}").open("wb") as out:
            write_mo(out, catalogue)
        target.with_suffix(f".{os.getpid()}").replace(target)
        compiled += 1
    return compiled
