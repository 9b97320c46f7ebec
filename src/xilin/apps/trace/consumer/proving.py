"""Documents for who checks without us: the proof of one code, and the public keys of all."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from xilin.apps.trace.codes import queries
from xilin.apps.trace.codes.errors import NotReady
from xilin.apps.trace.consumer.errors import NoGoods
from xilin.apps.trace.gs1 import resolver


@require_safe
def proof(_request: HttpRequest, gtin: str, serial: str) -> HttpResponse:
    """The proof that a code was issued; nobody has looked at goods by asking for it."""
    code = queries.find(gtin, serial)
    try:
        if code is None:
            raise NoGoods(kind="product", name=gtin[:14])
        return _document(queries.proof(code).written())
    except NotReady:
        raise NoGoods(kind="product", name=gtin[:14]) from None


@require_safe
def keys(_request: HttpRequest) -> HttpResponse:
    """The public keys that proofs and signatures are checked with."""
    return _document(queries.key_list())


def _document(content: bytes) -> HttpResponse:
    return HttpResponse(content, content_type="application/json", headers=resolver.OPEN)
