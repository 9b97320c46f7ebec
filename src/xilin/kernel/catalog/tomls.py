"""An entry as the league folder writes it: the file `resources/<code>.toml`, read back as the same entry."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from xilin.kernel.catalog.declarations import Resource as Entry

HEAD = "# {name}：从目录导出，放入盟文件夹的 resources/{code}.toml 后运行 xilin plan。\n\n"


def text(value: Entry) -> str:
    """The file of an entry, with a comment that says where it goes."""
    plain: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(date,))
    items = plain.pop("item")
    lines = [f"{name} = {_written(one)}" for name, one in plain.items() if one is not None]
    rows = "".join(f"  {_written(item)},\n" for item in items)
    title = "".join(one if one.isprintable() else " " for one in value.name.zh)
    head = HEAD.format(name=title, code=value.code)
    return f"{head}{chr(10).join(lines)}\nitem = [\n{rows}]\n"


def _written(value: Any) -> str:
    """A value as TOML; JSON's strings are TOML's basic strings, but for the character DEL."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_written(one)}' for key, one in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
