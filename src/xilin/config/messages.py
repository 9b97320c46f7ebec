"""Message catalogues: .po files compiled to .mo when they are newer, without gettext on the machine."""

import os
from pathlib import Path


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
            catalogue = read_po(text, locale=source.parts[-3])
        with target.with_suffix(f".{os.getpid()}").open("wb") as out:
            write_mo(out, catalogue)
        target.with_suffix(f".{os.getpid()}").replace(target)
        compiled += 1
    return compiled
