"""Event hashes in two modes: `strict` to tell events apart by, `compat` as the reference implementation publishes them."""

import json
from typing import NamedTuple

from xilin.apps.trace.epcis import compat as compat_mode
from xilin.apps.trace.epcis import strict as strict_mode
from xilin.apps.trace.epcis.events import Event
from xilin.apps.trace.epcis.names import Names
from xilin.apps.trace.epcis.strict import ni
from xilin.apps.trace.epcis.xml_tree import etree, parser


class Hashed(NamedTuple):
    """A hash, and the string it was made of."""

    hash: str
    prehash: str


def strict(event: Event, version: str = "2.0") -> str:
    """The strict hash: equal for equal events whatever syntax and forms of words they came in."""
    return ni(strict_prehash(event), version)


def strict_prehash(event: Event) -> str:
    """What the strict hash is made of."""
    return strict_mode.prehash(event.body, Names(event.context))


def compat(event: Event, version: str = "2.0") -> str:
    """The hash the reference implementation gives the event as JSON in a document of its own."""
    return ni(compat_prehash(event), version)


def compat_prehash(event: Event) -> str:
    """What the compat hash is made of."""
    document = {"@context": [event.context], "epcisBody": {"eventList": [event.body]}}
    return compat_mode.json_prehashes(document)[0]


def compat_document(document: bytes, media_type: str, version: str = "2.0") -> list[Hashed]:
    """The compat hash of each event of a document, JSON or XML, valid or not, in the document's order."""
    if "xml" in media_type:
        trees = compat_mode.of_xml(etree.fromstring(document, parser()))
        texts = [compat_mode.prehash(tree) for tree in trees]
    else:
        texts = compat_mode.json_prehashes(json.loads(document.decode("utf-8-sig")))
    return [Hashed(ni(text, version), text) for text in texts]
