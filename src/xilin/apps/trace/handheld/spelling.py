"""How a device writes what has no GS1 key as a URI; `{}` is where the number goes."""

import re
from urllib.parse import quote

from xilin.apps.trace.gs1 import eartags

EAR_TAG = f"{eartags.URN}{{}}"
"""畜禽标识: fifteen digits."""
_GLN = re.compile(r"https://id\.gs1\.org/414/(\d{13})(?:/|$)")


def ear_tags() -> str:
    """The ways to write an ear tag that a device knows, with blanks between: ours first, then those of declared GS1 prefixes."""
    return " ".join([EAR_TAG, *(f"https://id.gs1.org/8004/{prefix}{{}}" for prefix in eartags.declared())])


def paper(party: str, place: str) -> str:
    """A document's number as a business transaction (CBV 2.0, 8.5): under the GLN of the place, or the party's code.

    >>> paper("plant", "https://id.gs1.org/414/9520000000004/254/1"), paper("a b", "")
    ('urn:epcglobal:cbv:bt:9520000000004:{}', 'urn:xilin:document:a%20b:{}')
    """
    if found := _GLN.match(place):
        return f"urn:epcglobal:cbv:bt:{found[1]}:{{}}"
    return f"urn:xilin:document:{quote(party, safe='')}:{{}}"
