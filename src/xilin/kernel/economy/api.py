"""The SDMX REST service below `/sdmx/2.1/` and `/sdmx/3.0/`: what an address asks, answered in the format asked for.

Source: SDMX RESTful web services, version 1.5 (for 2.1) and 2.0 (for 3.0).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from json import dumps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from xilin.kernel.economy import queries, reading
from xilin.kernel.economy.declarations import Dataflow
from xilin.kernel.economy.queries import Declared
from xilin.kernel.economy.sdmx import data, json, languages, questions, xml
from xilin.kernel.economy.sdmx.artefacts import PACKAGES, Artefacts, Key, Wanted, build, constraint, select
from xilin.kernel.economy.sdmx.errors import (
    Forbidden,
    NoResults,
    NotAuthorised,
    NotOffered,
    SdmxRefusal,
    Semantic,
    Syntax,
)
from xilin.kernel.economy.sdmx.formats import Format, choose
from xilin.kernel.standards.queries import current_version

# Other names of kinds, and kinds the standard has and this service hasn't.
SAME = {
    "actualconstraint": "contentconstraint",
    "dataconstraint": "contentconstraint",
    "organisationscheme": "agencyscheme",
}
UNKNOWN = {
    "allowedconstraint", "customtypescheme", "dataconsumerscheme", "dataproviderscheme", "hierarchicalcodelist",
    "hierarchy", "hierarchyassociation", "metadataconstraint", "metadataflow", "metadataproviderscheme",
    "metadataprovisionagreement", "metadatastructure", "namepersonalisationscheme", "organisationunitscheme",
    "process", "provisionagreement", "reportingtaxonomy", "representationmap", "rulesetscheme", "structuremap",
    "structureset", "transformationscheme", "userdefinedoperatorscheme", "valuelist", "vtlmappingscheme",
    "schema", "metadata", "registration",
}  # fmt: skip
REFERENCES = ("none", "parents", "parentsandsiblings", "ancestors", "children", "descendants", "all")
DETAILS = (
    "full", "allstubs", "referencestubs", "allcompletestubs", "referencecompletestubs", "referencepartial", "raw",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One call: the version of the service, the parts of its path, its parameters, who calls, in which languages."""

    request: HttpRequest
    version: str
    parts: list[str]
    known: Declared
    languages: tuple[str, ...]

    @property
    def parameters(self) -> Mapping[str, list[str]]:
        """The parameters, each with all its values."""
        return dict(self.request.GET.lists())

    def part(self, n: int, default: str) -> str:
        """A part of the path; `default` where it is left out."""
        return self.parts[n] if n < len(self.parts) and self.parts[n] else default

    def parameter(self, name: str, default: str) -> str:
        """A parameter; `default` where it is left out."""
        return self.request.GET.get(name, "") or default

    def format(self, *, of_data: bool) -> Format:
        """The format of the answer."""
        asked = self.parameter("format", "")
        return choose(self.request.headers.get("Accept", ""), asked, version=self.version, data=of_data)

    @property
    def home(self) -> str:
        """The address of the service."""
        return self.request.build_absolute_uri("/").rstrip("/") + f"/sdmx/{self.version}"


def told(view: Callable[[Call], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view of a call; refusals are told as the standard has them."""

    @require_safe
    @gzip_page
    @wraps(view)
    def answer(request: HttpRequest, version: str, rest: str) -> HttpResponseBase:
        spoken = languages.asked(request.headers.get("Accept-Language", ""))
        call = Call(request, version, rest.rstrip("/").split("/"), queries.economy(), spoken)
        try:
            response = view(call)
        except SdmxRefusal as refusal:
            response = refused(call, refusal)
        patch_vary_headers(response, ("Accept", "Accept-Language"))
        # Figures that anybody may read may be read from pages of others too; no cookie goes with such a call.
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
        return response

    return answer


def refused(call: Call, refusal: SdmxRefusal) -> HttpResponse:
    """An error message in the languages and the family of formats asked for."""
    tags = {"zh": "zh-hans", "en": "en", "mn": "zh-hans"}
    said = {}
    for language in [one for one in call.languages if one != "mn"] or ["zh"]:
        with translation.override(tags[language]):
            said[language] = f"{refusal} {refusal.advice}"
    accept = call.request.headers.get("Accept", "") + call.request.GET.get("format", "")
    wants_json = "json" in accept or (call.version == "3.0" and "xml" not in accept)
    if wants_json:
        best = next(iter(said.values()))
        head = _head(call, "error", "SDMX")
        body = dumps(
            json.error(
                refusal.number, str(refusal), best, head, "2.0.0" if call.version == "3.0" else "1.0.0"
            ),
            ensure_ascii=False,
        )
        media = "application/json"
    else:
        body, media = xml.error(refusal.number, said), "application/xml"
    response = HttpResponse(body, status=refusal.status, content_type=f"{media}; charset=utf-8")
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Cookie"
    response.headers["Cache-Control"] = "no-store"
    return response


def _head(call: Call, digest: str, sender: str) -> xml.Head:
    return xml.Head(f"X{digest[:16]}", sender, timezone.now(), call.languages)


@told
def service(call: Call) -> HttpResponseBase:
    """Any address of the service."""
    first = call.parts[0]
    if first == "data":
        return _data(call)
    if first in ("availableconstraint", "availability"):
        return _availability(call)
    if call.version == "3.0":
        if first != "structure":
            raise NotOffered(what=first) if first in UNKNOWN else Syntax(what=f"/{first}")
        return _structures(replace(call, parts=call.parts[1:] or ["*"]))
    return _structures(call)


# --- structures


def _structures(call: Call) -> HttpResponseBase:
    wanted = _wanted(call)
    form = call.format(of_data=False)
    flows = queries.flows_for(call.request.user)
    digest, changed = _stamp(call, form, list(flows))
    if (same := get_conditional_response(call.request, _etag(digest), int(changed.timestamp()))) is not None:
        return same
    artefacts = select(build(call.known, flows.values(), reading.whole), wanted)
    if not artefacts:
        raise NoResults(what="/".join(call.parts))
    sender = next((one.key.agency for one in artefacts if one.key.agency != "SDMX"), "SDMX")
    head = _head(call, digest, sender)
    if form.is_json:
        body = dumps(json.structures(artefacts, head, f"{form.name[-1]}.0.0"), ensure_ascii=False)
    else:
        body = xml.structures(artefacts, head, call.home)
    return _stamped(HttpResponse(body, content_type=form.media), call, digest, changed)


def _wanted(call: Call) -> Wanted:
    kind = SAME.get(call.parts[0], call.parts[0])
    if kind in UNKNOWN:
        raise NotOffered(what=kind)
    if kind not in PACKAGES and kind not in ("structure", "*"):
        raise Syntax(what=f"/{kind}")
    references = call.parameter("references", "none").lower()
    references = SAME.get(references, references)
    if references not in REFERENCES and references not in PACKAGES and references not in UNKNOWN:
        raise Syntax(what=f"references={references}")
    detail = call.parameter("detail", "full").lower()
    if detail not in DETAILS:
        raise Syntax(what=f"detail={detail}")
    versions = {one.rstrip("+") for one in _several(call.part(3, "latest"))}
    return Wanted(
        kinds=frozenset({kind}) if kind in PACKAGES else frozenset(),
        agencies=_several(call.part(1, "all")),
        ids=_several(call.part(2, "all")),
        versions=frozenset() if versions & {"latest", "~", ""} else frozenset(versions),
        items=_several(call.part(4, "all")),
        references=references,
        detail=detail,
    )


def _several(text: str) -> frozenset[str]:
    """The values of a part of a path; nothing for all. 2.1 joins several by a plus, 3.0 by a comma."""
    found = {one for one in text.replace(",", "+").split("+") if one}
    return frozenset() if found & {"all", "*"} else frozenset(found)


# --- data


def _flow(call: Call, agency: str, id: str, version: str) -> Dataflow:
    """The dataflow of an address, if the caller may read it."""
    for flow in call.known.flows.values():
        publisher = call.known.publisher(flow)
        if id != flow.id or agency not in ("all", "*", publisher.agency):
            continue
        if version not in ("latest", "~", "+", "all", "*", flow.version, f"{flow.version}+"):
            continue
        if queries.may_read(flow, publisher, call.request.user):
            return flow
        raise Forbidden(what=id) if call.request.user.is_authenticated else NotAuthorised(what=id)
    raise NoResults(what=f"{agency}:{id}({version})")


def _asked(call: Call) -> tuple[Dataflow, str, int]:
    """The dataflow and the key of an address, and where in its path what follows stands."""
    if call.version == "2.1":
        named = call.part(1, "").split(",")
        agency, id, version = {
            1: ("all", named[0], "latest"),
            2: (*named, "latest"),
            3: tuple(named),
        }.get(len(named), ("", "", ""))
        if not id:
            raise Syntax(what=call.part(1, "/data"))
        return _flow(call, agency, id, version), call.part(2, "all"), 3
    if (context := call.part(1, "dataflow")) != "dataflow":
        raise NotOffered(what=context)
    id = call.part(3, "*")
    if id == "*":
        raise NotOffered(what="/data/dataflow/*/*")
    return _flow(call, call.part(2, "*"), id, call.part(4, "*")), call.part(5, "*"), 6


def _data(call: Call) -> HttpResponseBase:
    flow, key, _ = _asked(call)
    question = questions.read(flow, key, call.parameters)
    form = call.format(of_data=True)
    question = replace(question, options={**form.options, **question.options})
    digest, changed = _stamp(call, form, [flow.code])
    if (same := get_conditional_response(call.request, _etag(digest), int(changed.timestamp()))) is not None:
        return same
    rows = reading.observations(question, settings.SDMX_LARGEST)
    if not rows:
        raise NoResults(what=f"{flow.id}/{key}")
    head = _head(call, digest, call.known.publisher(flow).agency)
    pieces = data.WRITERS[form.name](data.Answer(question, rows, call.known, head))
    response = StreamingHttpResponse(
        (piece.encode() for piece in pieces), content_type=f"{form.media}; charset=utf-8"
    )
    if form.name.startswith("csv"):
        response.headers["Content-Disposition"] = f'attachment; filename="{flow.id}.csv"'
    return _stamped(response, call, digest, changed)


# --- what there is


def _availability(call: Call) -> HttpResponseBase:
    flow, key, after = _asked(call)
    component = call.part(after + 1 if call.version == "2.1" else after, "all")
    ids = [dimension.id for dimension in flow.dimension]
    if component not in ("all", "*", "TIME_PERIOD", *ids):
        raise Semantic(what=f"{component} ({', '.join(ids)})")
    mode = call.parameter("mode", "exact")
    if mode not in ("exact", "available"):
        raise Syntax(what=f"mode={mode}")
    question = questions.read(flow, key, call.parameters)
    region = reading.region(question, "" if component in ("all", "*") else component, mode)
    form = call.format(of_data=False)
    found = Artefacts()
    found.add(constraint(flow, call.known, lambda: region))
    for artefact in build(call.known, [flow], reading.whole).by_key.values():
        found.add(artefact)
    references = call.parameter("references", "none").lower()
    agency = call.known.publisher(flow).agency
    ours = Key("contentconstraint", agency, f"CR_{flow.id}")
    artefacts = select(
        found, Wanted(kinds=frozenset({ours.kind}), ids=frozenset({ours.id}), references=references)
    )
    digest, changed = _stamp(call, form, [flow.code])
    head = _head(call, digest, agency)
    if form.is_json:
        body = dumps(json.structures(artefacts, head, f"{form.name[-1]}.0.0"), ensure_ascii=False)
    else:
        body = xml.structures(artefacts, head, call.home)
    return _stamped(HttpResponse(body, content_type=form.media), call, digest, changed)


# --- the same answer again


def _stamp(call: Call, form: Format, codes: list[str]) -> tuple[str, datetime]:
    """A digest that differs wherever the answer does, and when something of it last changed."""
    newest, recorded = reading.stamp(codes)
    version = current_version()
    parts: list[Any] = [
        newest,
        recorded,
        version.pk if version else 0,
        call.request.get_full_path(),
        form.name,
        sorted(form.options.items()),
        call.languages,
        sorted(codes),
    ]
    changed = datetime.fromtimestamp(recorded, UTC)
    if version and version.applied_at > changed:
        changed = version.applied_at
    return hashlib.sha256(repr(parts).encode()).hexdigest(), changed


def _etag(digest: str) -> str:
    return f'W/"{digest[:32]}"'


def _stamped(response: HttpResponseBase, call: Call, digest: str, changed: datetime) -> HttpResponseBase:
    response.headers["ETag"] = _etag(digest)
    response.headers["Last-Modified"] = http_date(int(changed.timestamp()))
    public = not call.request.user.is_authenticated
    response.headers["Cache-Control"] = "public, max-age=60" if public else "private, no-cache"
    return response
