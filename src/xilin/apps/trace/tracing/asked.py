"""What somebody asks about (查询对象): an identifier as it stands on a tag, a label or in a system, in the form events are kept by."""

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from xilin.apps.trace.epcis.keys import ROOT, canonical, thing
from xilin.apps.trace.epcis.names import moment
from xilin.apps.trace.genealogy import walks
from xilin.apps.trace.gs1 import eartags
from xilin.apps.trace.tracing.errors import NotAnIdentifier, NotATime

EAR_TAG = eartags.URN
LONGEST = 500
_TAG = re.compile(r"[123]\d{14}", re.ASCII)
_SSCC = re.compile(r"\d{18}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# A product and what follows it, as people write it: with the brackets of a label, or with a slash.
_LABEL = re.compile(r"\(01\)(\d{14})\((10|21)\)(.{1,20})")
_SHORT = re.compile(r"(\d{14})/(.{1,20})")


def spellings(text: str) -> list[str]:
    """What a text may name, the likeliest first. Raises NotAnIdentifier.

    >>> spellings("399250200000017")[0]
    'urn:xilin:eartag:399250200000017'
    >>> spellings("urn:epc:id:sgtin:9521234.012345.7")
    ['https://id.gs1.org/01/09521234123453/21/7']
    >>> spellings("(01)09520001000010(10)L1")
    ['https://id.gs1.org/01/09520001000010/10/L1']
    """
    said = text.strip()
    if not said or len(said) > LONGEST or any(character < " " or character == "\x7f" for character in said):
        raise NotAnIdentifier
    digits = "".join(said.split())
    if _TAG.fullmatch(digits):
        return [f"{EAR_TAG}{digits}"]
    if _SSCC.fullmatch(digits):
        return [f"{ROOT}/00/{digits}"]
    if found := _LABEL.fullmatch(said):
        return [f"{ROOT}/01/{found[1]}/{found[2]}/{quote(found[3], safe=_SAFE)}"]
    if found := _SHORT.fullmatch(said):
        return [f"{ROOT}/01/{found[1]}/{kind}/{quote(found[2], safe=_SAFE)}" for kind in ("21", "10")]
    if any(character.isspace() for character in said):
        raise NotAnIdentifier
    return [thing(canonical(said).id)]


_SAFE = "-._'=;"


def known(text: str) -> str:
    """The one thing a text names: of several that it may, the first that events know."""
    found = spellings(text)
    if len(found) == 1:
        return found[0]
    seen = walks.numbers(found)
    return next((one for one in found if one in seen), found[0])


def all_known(texts: Iterable[str]) -> list[str]:
    """The same of many, each once, with one look-up."""
    spelled = [spellings(text) for text in texts]
    several = {one for found in spelled if len(found) > 1 for one in found}
    seen = walks.numbers(several) if several else {}
    return list(dict.fromkeys(next((one for one in found if one in seen), found[0]) for found in spelled))


def time(text: str | None) -> datetime | None:
    """A moment as EPCIS writes it, None where none is given. Raises NotATime."""
    if not text:
        return None
    if not _MOMENT.fullmatch(text):
        raise NotATime
    try:
        return moment(text)
    except ValueError:
        raise NotATime from None
