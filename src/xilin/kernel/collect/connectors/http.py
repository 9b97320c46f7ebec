"""Pages of JSON."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult

import httpx
import pyarrow as pa

from xilin.kernel.collect import causes, faults
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.intake import Intake, address, distinct, filled, text_batch
from xilin.lib.text import Text

TRIES = 4
PAUSE_SECONDS = 0.25
TRANSIENT = {408, 425, 429, 500, 502, 503, 504}


def read(connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    """The items of every page as text: numbers as they stood, `true`, `false`, nested values as JSON.

    Pages are asked for from 1 on until the rows the answer counts are there (or, where no
    count is declared, until a page is not full). A page that fails for a passing reason is asked for again.

    Raises:
        SourceFault: a page can't be had, or the rows are not those the answer counts.
    """
    where, url = _where(address(connection.url)), filled(connection.url)
    headers = {name: _sendable(name, filled(value)) for name, value in connection.headers.items()}
    told: int | None = None
    before: list[dict[str, Any]] = []
    count, page = 0, 1
    names: tuple[str, ...] = ()
    # The network is the government's own: no proxy of whoever started the process.
    with httpx.Client(headers=headers, timeout=30, trust_env=False) as client:
        while told is None or count < told:
            items, told = _page(client, where, url, page, connection, intake)
            if items and items == before:
                raise faults.same_page(where, page)
            before = items
            if items:
                count += len(items)
                names = _names(names, items)
                rows = _batch(names, items)
                yield intake.since_cursor(rows) if intake.cursor in names else rows
            if not items or (told is None and len(items) < connection.page_size):
                break
            page += 1
    if told is not None and count != told:
        raise faults.http_total(where, told, count)
    if count:
        intake.header(where, names)
    else:
        intake.names = distinct(intake.needed)


def _page(
    client: httpx.Client, where: str, url: str, page: int, connection: Connection, intake: Intake
) -> tuple[list[dict[str, Any]], int | None]:
    asked: dict[str, str | int] = {
        connection.page_parameter: page,
        connection.size_parameter: connection.page_size,
    }
    if connection.cursor_parameter and intake.since is not None:
        asked[connection.cursor_parameter] = intake.since
    answer = _ask(client, where, url, page, asked)
    try:
        # Numbers stay as they stand in the answer: 1.10 is not 1.1.
        told = json.loads(answer, parse_float=str, parse_int=str)
    except ValueError as error:
        raise faults.http_no_json(where, page, causes.first_line(str(error))) from None
    items = _at(told, connection.items)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise faults.http_shape(where, page, connection.items)
    if not connection.total:
        return items, None
    total = _at(told, connection.total)
    if not isinstance(total, str) or not total.isdigit():
        raise faults.http_shape(where, page, connection.total)
    return items, int(total)


def _ask(client: httpx.Client, where: str, url: str, page: int, asked: dict[str, str | int]) -> bytes:
    """The body of an answer with status 200, asking again while what goes wrong may pass."""
    for attempt in range(1, TRIES + 1):
        try:
            answer = client.get(url, params=asked)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if attempt == TRIES or isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
                raise faults.http_down(where, page, _cause(error), attempt, type(error).__name__) from error
        else:
            if answer.status_code == httpx.codes.OK:
                return answer.content
            if answer.status_code not in TRANSIENT or attempt == TRIES:
                raise faults.http_status(where, page, answer.status_code, attempt)
        time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
    raise AssertionError("the last attempt returns or raises")


def _cause(error: Exception) -> Text:
    """The class of what went wrong on the way."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return causes.NOT_HTTP
    if isinstance(error, httpx.TimeoutException):
        return causes.TIMEOUT
    if isinstance(error, httpx.ProtocolError | httpx.DecodingError):
        return causes.BROKEN_ANSWER
    if isinstance(error, httpx.ConnectError):
        return causes.of_connection(error)
    return causes.LOST if isinstance(error, httpx.NetworkError) else causes.NO_CONNECTION


def _at(told: Any, path: str) -> Any:
    """The value at a dotted path of an answer; None where there is none. "" is the answer itself."""
    for key in path.split(".") if path else ():
        told = told.get(key) if isinstance(told, dict) else None
    return told


def _names(known: tuple[str, ...], items: list[dict[str, Any]]) -> tuple[str, ...]:
    """The keys met so far, in the order they were met."""
    fresh = dict.fromkeys(key for item in items for key in item)
    return tuple(dict.fromkeys([*known, *fresh]))


def _batch(names: tuple[str, ...], items: list[dict[str, Any]]) -> pa.RecordBatch:
    columns = ([_text(item.get(name)) for item in items] for name in names)
    return text_batch(distinct(names), columns)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        # Half of a character, as programs leave that cut a text short, stays as it stands in JSON: \\ud83d.
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _sendable(name: str, value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise faults.bad_header(name)
    return value


def _where(parts: SplitResult) -> str:
    """Host and path of a URL, without account and query."""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname or ''}{port}{parts.path}"
