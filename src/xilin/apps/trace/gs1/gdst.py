"""Identifiers of the Global Dialogue on Seafood Traceability: names of products, lots and items without a company prefix.

`urn:gdst:<who>:product:lot:class:<product>.<lot>` names a lot, `…:product:serial:obj:<product>.<serial>` an item,
`…:product:class:<product>` a product. EPC URNs of lots and items are read the same way.
"""

import re
from typing import Literal

import msgspec

from xilin.apps.trace.gs1.errors import Malformed

_GDST = re.compile(r"urn:gdst:([^:\s]+):product:(?:lot:class|serial:obj):([^:\s]+)\.([^:.\s]+)")
_GDST_PRODUCT = re.compile(r"urn:gdst:[^:\s]+:product:class:[^:\s]+")
_EPC = re.compile(r"urn:epc:(class:lgtin|id:sgtin):(\d{6,12})\.(\d{1,7})\.(.+)", re.ASCII)


class Named(msgspec.Struct, frozen=True):
    """What an identifier names: a class (a lot, or a product as such) or one instance, of which product, with which number."""

    kind: Literal["Class", "Instance"]
    product: str
    number: str


def read(text: str) -> Named:
    """Read an identifier; raises Malformed.

    >>> read("urn:gdst:example.org:product:lot:class:mill.1u.ff2021").number
    'ff2021'
    """
    found = _GDST.fullmatch(text)
    if found:
        kind: Literal["Class", "Instance"] = "Class" if ":lot:class:" in text else "Instance"
        return Named(kind, f"urn:gdst:{found[1]}:product:class:{found[2]}", found[3])
    if _GDST_PRODUCT.fullmatch(text):
        return Named("Class", text, "")
    epc = _EPC.fullmatch(text)
    if epc:
        kind = "Class" if epc[1] == "class:lgtin" else "Instance"
        return Named(kind, f"urn:epc:idpat:sgtin:{epc[2]}.{epc[3]}", epc[4])
    raise Malformed("gdst", f"“{text}”不是 GDST 标识。", f'"{text}" is no GDST identifier.')
