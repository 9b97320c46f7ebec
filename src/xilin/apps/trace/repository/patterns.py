"""Patterns of identifiers (`urn:epc:idpat:`): which stretches of canonical identifiers, in the order of bytes, fit."""

import re

from xilin.apps.trace.epcis.keys import ROOT, canonical

LAST = chr(0x10FFFF)
_PATTERN = re.compile(r"urn:epc:idpat:([a-z]+):([0-9]+)\.(.+)", re.ASCII)
# Keys that begin with a digit before the company's prefix, and what stands before it.
_COMPANY = {
    "sgtin": [f"{ROOT}/01/{digit}" for digit in range(10)],
    "sscc": [f"{ROOT}/00/{digit}" for digit in range(10)],
    "grai": [f"{ROOT}/8003/0"],
    "giai": [f"{ROOT}/8004/"],
    "gsrn": [f"{ROOT}/8018/"],
    "gdti": [f"{ROOT}/253/"],
    "sgcn": [f"{ROOT}/255/"],
}


def spans(pattern: str) -> list[tuple[str, str]]:
    """The stretches [begin, end) of identifiers that fit a pattern.

    A pattern of a scheme that isn't known here, or with a wildcard before something fixed, fits identifiers
    that were given as URNs and stay so.

    >>> spans("urn:epc:idpat:sgtin:9521141.012345.*")[0][0]
    'https://id.gs1.org/01/09521141123454/21/'
    """
    found = _PATTERN.fullmatch(pattern)
    begins = _begins(pattern, *found.groups()) if found else []
    if not begins:
        begins = [pattern.partition("*")[0].replace("urn:epc:idpat:", "urn:epc:id:", 1)]
    return [(begin, begin + LAST) for begin in begins]


def _begins(pattern: str, scheme: str, company: str, rest: str) -> list[str]:
    if set(rest) <= {"*", "."}:
        return [head + company for head in _COMPANY.get(scheme, ())]
    if not rest.endswith(".*") or "*" in rest[:-2]:
        return []
    whole = canonical(pattern).id
    if not whole.startswith(ROOT):
        return []
    return [f"{whole}/21/" if scheme == "sgtin" else whole]
