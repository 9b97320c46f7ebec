"""GS1 Digital Links (GS1 数字链接): read strictly by the table of identifiers, read loosely, and written.

Source: GS1 Digital Link URI Syntax 1.6. Strictly read, every value keeps its identifier's rules, qualifiers stand in
their order, attributes are ones that may be attributes, nothing is there twice. Loosely read, only the shape counts.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote, unquote_plus

import msgspec

from xilin.apps.trace.gs1.elements import Element, fixed_first
from xilin.apps.trace.gs1.errors import Malformed
from xilin.apps.trace.gs1.identifiers import Identifier, Table, table

ROOT = "https://id.gs1.org"
# Names that stood for identifiers before URI Syntax 1.2 and are still met.
NAMES = {
    "sscc": "00", "gtin": "01", "lot": "10", "ser": "21", "cpv": "22", "tpx": "235", "gdti": "253", "glnx": "254",
    "gcn": "255", "ginc": "401", "gsin": "402", "shipTo": "410", "billTo": "411", "purchasedFrom": "412",
    "shipFor": "413", "gln": "414", "payTo": "415", "glnProd": "416", "party": "417", "grai": "8003", "giai": "8004",
    "itip": "8006", "cpid": "8010", "cpsn": "8011", "gmn": "8013", "gsrnp": "8017", "gsrn": "8018", "srin": "8019",
    "refno": "8020", "exp": "17", "expdt": "7003", "prodDate": "11", "bestBefore": "15", "sellBy": "16",
    "firstFreezeDate": "7006", "harvestDate": "7007",
}  # fmt: skip
# The older names written where one is asked for, by code; later names of the same code are read only.
_NAME_OF = {code: name for name, code in reversed(NAMES.items())}
_GTINS = {"01", "02", "03"}
_WHOLE = re.compile(
    r"(?P<scheme>https?|HTTPS?)://(?P<host>[^/?#]+)(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?"
)
_HOST = re.compile(r"(?:[A-Za-z0-9\-._~]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", re.ASCII)
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
_CODE = re.compile(r"\d{2,4}", re.ASCII)
_NUMBER = re.compile(r"\d+", re.ASCII)


class Settings(msgspec.Struct, frozen=True):
    """What a reader lets pass that the standard doesn't: names for identifiers, GTINs without leading noughts, attributes
    nobody knows (`unknown` and `unknown_attributes` both), values that break their rules (`unjudged`)."""

    names: bool = False
    unjudged: bool = False
    short_gtins: bool = False
    unknown: bool = False
    unknown_attributes: bool = False


STRICT = Settings()


class Link(msgspec.Struct, frozen=True):
    """A Digital Link that was read: key and qualifiers in the path, attributes, and what else stands in the query."""

    stem: str
    path: tuple[Element, ...]
    attributes: tuple[Element, ...]
    others: tuple[tuple[str, str], ...]

    @property
    def elements(self) -> list[Element]:
        """All elements, those of the path first."""
        return [*self.path, *self.attributes]

    def canonical(self) -> str:
        """The link as identifiers are compared: GS1's domain, no query."""
        return ROOT + _path(self.path)


def _wrong(uri: str, zh: str, en: str) -> Malformed:
    return Malformed("link", f"“{uri}”不是 GS1 数字链接：{zh}。", f'"{uri}" is no GS1 Digital Link: {en}.')


def read(uri: str, settings: Settings = STRICT, identifiers: Table | None = None) -> Link:
    """Read a Digital Link strictly; raises Malformed."""
    known = identifiers or table()
    stem, pieces, query = _split(uri)
    stem_length, pairs = _pairs(uri, pieces, settings, known)
    path = [_element(uri, code, unquote(value), settings, known) for code, value in pairs]
    key = known.get(path[0][0])
    ways = _ways(uri, key, [code for code, _ in path[1:]])
    attributes, others = _query(uri, query, settings, known)
    held = {code for code, _ in path}
    for code, _ in attributes:
        if code in held:
            raise _wrong(uri, f"应用标识符 {code} 重复", f"identifier {code} stands there twice")
        if any(code in way for way in ways):
            raise _wrong(uri, f"限定符 {code} 应在路径中", f"qualifier {code} belongs in the path")
        held.add(code)
    stem = stem + "".join(f"/{piece}" for piece in pieces[:stem_length])
    return Link(stem, tuple(path), tuple(attributes), tuple(others))


def _split(uri: str) -> tuple[str, list[str], str]:
    if not uri.isascii() or not _CHARACTERS.fullmatch(uri):
        raise _wrong(uri, "有网址不允许的字符", "it has characters no address has")
    found = _WHOLE.fullmatch(uri)
    if found is None or not _HOST.fullmatch(found["host"]):
        raise _wrong(uri, "不是网址", "it is no address of the web")
    return f"{found['scheme']}://{found['host']}", found["path"][1:].split("/"), found["query"] or ""


def _code(text: str, settings: Settings) -> str:
    return NAMES.get(text, text) if settings.names else text


def _pairs(
    uri: str, pieces: Sequence[str], settings: Settings, known: Table
) -> tuple[int, list[tuple[str, str]]]:
    """Where the identifiers begin, and the pairs from there: the last key the path can be read from."""
    for start in range(len(pieces) - 2, -1, -2):
        code = _code(pieces[start], settings)
        identifier = known.get(code)
        if identifier is None and not _CODE.fullmatch(code):
            break
        if identifier is not None and identifier.key is not None:
            pairs = [
                (_code(pieces[place], settings), pieces[place + 1]) for place in range(start, len(pieces), 2)
            ]
            return start, pairs
    raise _wrong(uri, "路径中没有主键", "there is no key in its path")


def _element(uri: str, code: str, value: str, settings: Settings, known: Table) -> Element:
    identifier = known.get(code)
    if identifier is None:
        raise _wrong(uri, f"没有应用标识符 {code}", f"there is no identifier {code}")
    if settings.short_gtins and code in _GTINS and len(value) in (8, 12, 13):
        value = value.zfill(14)
    if not value or not settings.unjudged:
        identifier.judge(value)
    return code, value


def _ways(uri: str, key: Identifier | None, qualifiers: Sequence[str]) -> list[tuple[str, ...]]:
    """The sequences of a key's qualifiers that those of the path are a part of, in order."""
    found = [way for way in (key.key if key and key.key else ()) if _in_order(qualifiers, way)]
    if not found:
        raise _wrong(uri, "限定符不对或次序不对", "a qualifier is wrong, or they stand in another order")
    return found


def _in_order(part: Sequence[str], whole: Sequence[str]) -> bool:
    rest = iter(whole)
    return all(code in rest for code in part)


def _query(
    uri: str, query: str, settings: Settings, known: Table
) -> tuple[list[Element], list[tuple[str, str]]]:
    attributes: list[Element] = []
    others: list[tuple[str, str]] = []
    for piece in re.split("[&;]", query):
        name, equals, value = piece.partition("=")
        code = _code(name, settings)
        if not piece:
            continue
        if not equals or not _NUMBER.fullmatch(code):
            others.append((name, value))
            continue
        identifier = known.get(code)
        if identifier is None and settings.unknown and settings.unknown_attributes and value:
            attributes.append((code, unquote_plus(value)))
            continue
        if identifier is None or not identifier.attribute:
            raise _wrong(uri, f"{code} 不能作属性", f"{code} can't be an attribute")
        attributes.append(_element(uri, code, unquote_plus(value), settings, known))
    return attributes, others


def write(
    found: Sequence[Element],
    stem: str = "",
    *,
    names: bool = False,
    judge: bool = True,
    identifiers: Table | None = None,
) -> str:
    """Elements as a Digital Link: the first key and its qualifiers in the path, all else as attributes.

    Elements given twice with one value are one; attributes of fixed length come first. Raises Malformed where there is no
    key, a value breaks its rules (unless not to `judge`), or an element can't be an attribute.
    """
    known = identifiers or table()
    domain = (stem or ROOT).rstrip("/")
    text = "".join(f"({code}){value}" for code, value in found)
    if not _CHARACTERS.fullmatch(domain) or not _WHOLE.fullmatch(domain + "/"):
        raise _wrong(domain, "不是网址", "it is no address of the web")
    values: dict[str, str] = {}
    for code, value in found:
        identifier = known.get(code)
        if identifier is None:
            raise _wrong(text, f"没有应用标识符 {code}", f"there is no identifier {code}")
        if judge:
            identifier.judge(value)
        if values.setdefault(code, value) != value:
            raise _wrong(text, f"应用标识符 {code} 有两个值", f"identifier {code} has two values")
    key = next((one for one in map(known.get, values) if one is not None and one.key is not None), None)
    if key is None or key.key is None:
        raise _wrong(text, "没有主键", "there is no key")
    way = max(key.key, key=lambda codes: sum(code in values for code in codes))
    path = [key.code, *(code for code in way if code in values)]
    rest = [(code, value) for code, value in values.items() if code not in path]
    for code, _ in rest:
        one = known.get(code)
        if one is None or not one.attribute:
            raise _wrong(text, f"{code} 不能作属性", f"{code} can't be an attribute")
    whole = domain + _path([(code, values[code]) for code in path], names=names)
    attributes = fixed_first(rest, known)
    query = "&".join(f"{_name(code, names)}={quote(value, safe='')}" for code, value in attributes)
    return f"{whole}?{query}" if query else whole


def _name(code: str, names: bool) -> str:
    return _NAME_OF.get(code, code) if names else code


def _path(found: Sequence[Element], *, names: bool = False) -> str:
    return "".join(f"/{_name(code, names)}/{quote(value, safe='')}" for code, value in found)


def loose(uri: str, identifiers: Table | None = None) -> list[Element]:
    """Elements of whatever looks like a Digital Link: the last key in the path, what follows it, numbered parameters.

    GTINs are filled to fourteen digits; nothing is checked but that identifiers are two to four digits and values are there.
    For scanners, which pass on what they saw. Raises Malformed.
    """
    known = identifiers or table()
    found = _WHOLE.fullmatch(uri)
    if found is None:
        raise _wrong(uri, "不是网址", "it is no address of the web")
    pieces = found["path"][1:].split("/")
    out: list[Element] = []
    for start in range(len(pieces) - 2, -1, -2):
        identifier = known.get(pieces[start])
        if not _CODE.fullmatch(pieces[start]) or not pieces[start + 1]:
            break
        if identifier is not None and identifier.key is not None:
            out = [
                (pieces[place], _filled(pieces[place], unquote(pieces[place + 1])))
                for place in range(start, len(pieces) - 1, 2)
            ]
            break
    if not out:
        raise _wrong(uri, "路径中没有主键", "there is no key in its path")
    for piece in re.split("[&;]", found["query"] or ""):
        name, _, value = piece.partition("=")
        if _CODE.fullmatch(name) and value:
            out.append((name, _filled(name, unquote_plus(value))))
    return out


def _filled(code: str, value: str) -> str:
    return value.zfill(14) if code in _GTINS else value
