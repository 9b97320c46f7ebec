"""How files and pages travel: files under an address that changes with any of them, kept for ever; text packed.

The version is part of the path, `/static/v-<hash>/web/page.css`, so that what a file names beside itself (a font, a module, a
sign) is of the same version without anything being rewritten. Files need not be collected.
"""

import gzip
import hashlib
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]
from whitenoise.responders import MissingFileError, StaticFile  # type: ignore[import-untyped]

FOR_EVER = "max-age=31536000, public, immutable"
TEXT = {".css", ".js", ".mjs", ".svg", ".json", ".wasm", ".txt", ".xml", ".html", ".webmanifest"}
LEAST = 500


@cache
def version() -> str:
    """A name for exactly these files: another one as soon as one of them differs."""
    digest = hashlib.sha256()
    found = {
        path: Path(storage.path(path))
        for finder in finders.get_finders()
        for path, storage in finder.list(None)
    }
    for name in sorted(found):
        digest.update(name.encode())
        digest.update(hashlib.sha256(found[name].read_bytes()).digest())
    return digest.hexdigest()[:12]


class OfVersion(finders.BaseFinder):
    """Finds a file by an address with a version in it: for servers of development and of tests, which ask finders alone."""

    def find(self, path: str, find_all: bool = False, **_more: Any) -> Any:
        """Where the file is; nothing for a path without a version."""
        versioned = re.match(r"v-[0-9a-f]{12}/(.+)", path)
        if not versioned:
            return []
        return finders.find(versioned[1], find_all=True) if find_all else finders.find(versioned[1])

    def list(self, _ignored: Any) -> Iterator[tuple[str, Any]]:
        """Nothing: every file has another finder."""
        return iter(())


class Versioned(StaticFilesStorage):
    """Addresses of files with the version in them; plain ones where files change while one works (XILIN_DEBUG)."""

    def url(self, name: str | None) -> str:
        """The address of a file."""
        address = super().url(name)
        if settings.DEBUG or not name:
            return address
        return address.replace(settings.STATIC_URL, f"{settings.STATIC_URL}v-{version()}/", 1)


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serves files from memory of where they are: packed where the reader takes it, kept for ever under their version."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._folder = Path(settings.STATIC_ROOT).parent / "packed"
        super().__init__(*args, **more)
        self._versioned = re.compile(rf"^({re.escape(self.static_prefix)})v-([0-9a-f]{{12}})/")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """A file where the address is one's, else what follows."""
        versioned = self._versioned.match(request.path_info)
        if not versioned:
            return super().__call__(request)  # type: ignore[no-any-return]
        plain = versioned[1] + request.path_info[versioned.end() :]
        file = self.find_file(plain) if self.autorefresh else self.files.get(plain)
        if file is None:
            return self.get_response(request)  # type: ignore[no-any-return]
        response: HttpResponse = self.serve(file, request)
        # A page that was opened before an update still finds its files, and no cache takes the new ones for the old.
        response.headers["Cache-Control"] = FOR_EVER if versioned[2] == version() else "no-cache"
        return response

    def get_static_file(
        self, path: str, url: str, stat_cache: dict[str, os.stat_result] | None = None
    ) -> StaticFile:
        """A file with its packed form beside it, which is made once and kept in the home folder."""
        if stat_cache is None and not os.path.exists(path):
            raise MissingFileError(path)
        headers = Headers([])
        self.add_mime_headers(headers, path, url)
        self.add_cache_headers(headers, path, url)
        packed = self._packed(Path(path))
        return StaticFile(path, headers.items(), encodings={"gzip": str(packed)} if packed else {})

    def _packed(self, path: Path) -> Path | None:
        if path.suffix not in TEXT or path.stat().st_size < LEAST:
            return None
        content = path.read_bytes()
        packed = self._folder / f"{hashlib.sha256(content).hexdigest()[:32]}.gz"
        if not packed.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            made = packed.with_suffix(f".{os.getpid()}")
            made.write_bytes(gzip.compress(content, 9, mtime=0))
            # Processes that start at once make the same; the last one wins.
            made.replace(packed)
        return packed


class Packed(GZipMiddleware):
    """Pages are packed too; what is sent in pieces is not, so that nothing waits for the next piece."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response, packed where that is worth it."""
        kind = response.get("Content-Type", "").partition(";")[0]
        text = kind.startswith("text/") or kind.endswith(("json", "xml")) or kind == "application/javascript"
        if response.streaming or not text or kind == "text/event-stream":
            return response
        return super().process_response(request, response)
