"""The files a device keeps to work without a network, and the version that changes with any of them."""

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.templatetags.static import static

READER, MACHINE = "vendor/zxing-wasm/reader/index.js", "vendor/zxing-wasm/reader/zxing_reader.wasm"
FILES = (
    "web/tokens.css",
    # The decoder is kept everywhere: that a browser has one of its own is known only when the camera is opened.
    READER,
    "vendor/zxing-wasm/share.js",
    MACHINE,
    *(
        f"handheld/{name}"
        for name in (
            "app.js", "camera.js", "codes.js", "handheld.css", "icon-192.png", "icon.svg", "icons.svg", "queue.js", "scan.js", "tasks.js", "words.json",
        )
    ),
)  # fmt: skip
TEMPLATES = ("handheld/shell.html", "handheld/worker.js", "handheld/eye.js")


def addresses() -> list[str]:
    """Where the files stand on this site."""
    return [static(name) for name in FILES]


@cache
def version() -> str:
    """A name for exactly these files."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update(Path(str(finders.find(name))).read_bytes())
    for name in TEMPLATES:
        digest.update(Path(get_template(name).origin.name).read_bytes())  # type: ignore[attr-defined]
    return f"handheld-{digest.hexdigest()[:16]}"
