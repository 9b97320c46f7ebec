"""Words for values that aren't what they must be, alike in JSON and XML: what is wrong, and what to do."""

from typing import Any

import msgspec

from xilin.apps.trace.epcis.fields import ACTIONS
from xilin.lib.text import Text

Words = tuple[Text, Text]
# Nobody reads more of a value than this.
LONGEST = 80

_TIMES = Text(
    zh="写成 2026-03-01T08:00:00+08:00 或 2026-03-01T00:00:00Z",
    en="Write 2026-03-01T08:00:00+08:00 or 2026-03-01T00:00:00Z",
)
COMMON: dict[str, Words] = {
    "uri": (
        Text(zh="“{value}”不是 URI", en="“{value}” is not a URI"),
        Text(
            zh="写成完整的 URI，如 urn:epc:id:sgtin:… 或 https://id.gs1.org/01/…",
            en="Write a full URI, such as urn:epc:id:sgtin:… or https://id.gs1.org/01/…",
        ),
    ),
    "time": (
        Text(zh="“{value}”不是带时区的日期时间", en="“{value}” is not a date and time with a zone"),
        _TIMES,
    ),
    "dateTime": (Text(zh="“{value}”不是日期时间", en="“{value}” is not a date and time"), _TIMES),
    "offset": (
        Text(zh="“{value}”不是时区偏移", en="“{value}” is not a time zone offset"),
        Text(zh="写成 +08:00，不用 Z", en="Write +08:00, not Z"),
    ),
    "hex": (
        Text(zh="“{value}”不是十六进制数", en="“{value}” is not a hexadecimal number"),
        Text(zh="只用 0-9 与 A-F，成对书写", en="Use only 0-9 and A-F, in pairs"),
    ),
    "action": (
        Text(zh="没有“{value}”这个动作", en="There is no action “{value}”"),
        Text(zh="用 " + "、".join(ACTIONS), en="Use " + ", ".join(ACTIONS)),
    ),
}


def filled(words: Words, value: Any) -> Words:
    """Words with the value they are about, cut where it is long."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    shown = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    what, remedy = words
    return _put(what, shown), _put(remedy, shown)


def _put(text: Text, value: str) -> Text:
    # Words may hold other braces: they show how JSON is written.
    return Text(zh=text.zh.replace("{value}", value), en=text.en.replace("{value}", value))
