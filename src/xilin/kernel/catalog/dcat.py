"""The catalogue as DCAT 3 (W3C Recommendation of 22 August 2024), JSON-LD, a page at a time.

The context stands in the document itself: nothing has to be fetched to read it. Frequencies, access rights,
availability and distribution status use the EU Publications Office's authority tables, which DCAT-AP readers know.
Pages are told with Hydra (`hydra:PartialCollectionView`), as DCAT-AP harvesters follow them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xilin.kernel.catalog.models import Resource, ShareType, Version
from xilin.lib.text import Text

_AUTHORITY = "http://publications.europa.eu/resource/authority"
_FREQUENCY = {
    "realtime": "CONT",
    "daily": "DAILY",
    "weekly": "WEEKLY",
    "monthly": "MONTHLY",
    "quarterly": "QUARTERLY",
    "yearly": "ANNUAL",
}
_ACCESS = {
    ShareType.UNCONDITIONAL: "RESTRICTED",
    ShareType.CONDITIONAL: "RESTRICTED",
    ShareType.DENIED: "NON_PUBLIC",
}
_XSD = "http://www.w3.org/2001/XMLSchema#"
_MEDIA = "https://www.iana.org/assignments/media-types"
GUIDE = "urn:x-xilin:guide:2017"
PAGE = 100

CONTEXT: dict[str, Any] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "spdx": "http://spdx.org/rdf/terms#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": _XSD,
    "Catalog": "dcat:Catalog",
    "CatalogRecord": "dcat:CatalogRecord",
    "Dataset": "dcat:Dataset",
    "DataService": "dcat:DataService",
    "Distribution": "dcat:Distribution",
    "Organization": "foaf:Organization",
    "Location": "dcterms:Location",
    "PeriodOfTime": "dcterms:PeriodOfTime",
    "Standard": "dcterms:Standard",
    "Office": "vcard:Organization",
    "PartialCollectionView": "hydra:PartialCollectionView",
    "title": {"@id": "dcterms:title", "@container": "@language"},
    "description": {"@id": "dcterms:description", "@container": "@language"},
    "keyword": {"@id": "dcat:keyword", "@container": "@language"},
    "name": {"@id": "foaf:name", "@container": "@language"},
    "rights": {"@id": "dcterms:rights", "@container": "@language"},
    "prefLabel": {"@id": "skos:prefLabel", "@container": "@language"},
    "notation": "skos:notation",
    "broader": {"@id": "skos:broader", "@type": "@id"},
    "identifier": "dcterms:identifier",
    "issued": {"@id": "dcterms:issued", "@type": "xsd:date"},
    "modified": {"@id": "dcterms:modified", "@type": "xsd:dateTime"},
    "language": "dcterms:language",
    "version": "dcat:version",
    "hasVersion": {"@id": "dcat:hasVersion", "@type": "@id"},
    "isVersionOf": {"@id": "dcat:isVersionOf", "@type": "@id"},
    "hasCurrentVersion": {"@id": "dcat:hasCurrentVersion", "@type": "@id"},
    "previousVersion": {"@id": "dcat:previousVersion", "@type": "@id"},
    "versionNotes": {"@id": "adms:versionNotes", "@container": "@language"},
    "publisher": {"@id": "dcterms:publisher", "@type": "@id"},
    "contactPoint": {"@id": "dcat:contactPoint", "@type": "@id"},
    "fn": {"@id": "vcard:fn", "@container": "@language"},
    "hasTelephone": {"@id": "vcard:hasTelephone", "@type": "@id"},
    "hasEmail": {"@id": "vcard:hasEmail", "@type": "@id"},
    "accrualPeriodicity": {"@id": "dcterms:accrualPeriodicity", "@type": "@id"},
    "accessRights": {"@id": "dcterms:accessRights", "@type": "@id"},
    "availability": {"@id": "dcatap:availability", "@type": "@id"},
    "conformsTo": {"@id": "dcterms:conformsTo", "@type": "@id"},
    "spatial": {"@id": "dcterms:spatial", "@type": "@id"},
    "temporal": {"@id": "dcterms:temporal", "@type": "@id"},
    "endDate": {"@id": "dcat:endDate", "@type": "xsd:date"},
    "relation": {"@id": "dcterms:relation", "@type": "@id"},
    "dataset": {"@id": "dcat:dataset", "@type": "@id"},
    "service": {"@id": "dcat:service", "@type": "@id"},
    "distribution": {"@id": "dcat:distribution", "@type": "@id"},
    "accessURL": {"@id": "dcat:accessURL", "@type": "@id"},
    "downloadURL": {"@id": "dcat:downloadURL", "@type": "@id"},
    "byteSize": {"@id": "dcat:byteSize", "@type": "xsd:nonNegativeInteger"},
    "checksum": {"@id": "spdx:checksum", "@type": "@id"},
    "algorithm": {"@id": "spdx:algorithm", "@type": "@id"},
    "checksumValue": "spdx:checksumValue",
    "Checksum": "spdx:Checksum",
    "license": {"@id": "dcterms:license", "@type": "@id"},
    "mediaType": {"@id": "dcat:mediaType", "@type": "@id"},
    "accessService": {"@id": "dcat:accessService", "@type": "@id"},
    "endpointURL": {"@id": "dcat:endpointURL", "@type": "@id"},
    "endpointDescription": {"@id": "dcat:endpointDescription", "@type": "@id"},
    "servesDataset": {"@id": "dcat:servesDataset", "@type": "@id"},
    "theme": {"@id": "dcat:theme", "@type": "@id"},
    "landingPage": {"@id": "dcat:landingPage", "@type": "@id"},
    "view": {"@id": "hydra:view", "@type": "@id"},
    "first": {"@id": "hydra:first", "@type": "@id"},
    "previous": {"@id": "hydra:previous", "@type": "@id"},
    "next": {"@id": "hydra:next", "@type": "@id"},
    "last": {"@id": "hydra:last", "@type": "@id"},
    "totalItems": {"@id": "hydra:totalItems", "@type": "xsd:integer"},
}


@dataclass(frozen=True, slots=True)
class Region:
    """What all entries have in common: the area they are about, and who publishes the catalogue."""

    code: str = ""
    name: Text = field(default_factory=lambda: Text(zh=""))
    publisher: Any = None


@dataclass(frozen=True, slots=True)
class File:
    """A file open to the public: its whole address, its media type, and what lets a harvester check it."""

    url: str
    media_type: str
    size: int = 0
    sha256: str = ""
    licence: str = ""
    issued: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of entries beyond the catalogue, by their codes.

    `served`: those the gateway answers from; `downloads`: files open to the public; `until`: the last day the
    rows tell of.
    """

    served: Collection[str] = ()
    downloads: Mapping[str, list[File]] = field(default_factory=dict)
    until: Mapping[str, str] = field(default_factory=dict)


def catalogue(
    resources: Iterable[Resource],
    *,
    base: str,
    gateway: str,
    name: str,
    name_en: str = "",
    region: Region = Region(),
    around: Around | None = None,
    versions: Mapping[int, list[Version]] | None = None,
    page: int = 1,
    total: int | None = None,
) -> dict[str, Any]:
    """A catalogue document, or one page of it.

    Args:
        resources: the entries of the page with provider and items, in the order they shall stand.
        base: the portal's address; entries are `<base>/catalogue/<code>/`.
        gateway: the gateway's address.
        name, name_en: what the catalogue is called.
        region: the area and the publisher.
        around: what is served, open and of which time; everything that is shared counts as served where left out.
        versions: the kept versions of entries by primary key, newest first.
        page, total: which page of `PAGE` entries this is, and how many entries there are in all.
    """
    base, gateway = base.rstrip("/"), gateway.rstrip("/")
    entries = list(resources)
    total = len(entries) if total is None else total
    around = around or Around(served={one.code for one in entries if one.share_type != ShareType.DENIED})
    service = f"{gateway}/v1"
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": f"{base}/catalogue/",
        "@type": "Catalog",
        "title": _words(name, name_en),
        "language": ["zh-Hans", "en"],
        "conformsTo": [_guide()],
        "service": [
            {
                "@id": service,
                "@type": "DataService",
                "title": {"zh": "共享网关", "en": "Sharing gateway"},
                "endpointURL": service,
                "endpointDescription": f"{service}/openapi.json",
                "accessRights": f"{_AUTHORITY}/access-right/RESTRICTED",
                "servesDataset": [_address(base, one.code) for one in entries if one.code in around.served],
            }
        ],
        "dataset": [
            dataset(
                one,
                base=base,
                service=service,
                region=region,
                around=around,
                versions=(versions or {}).get(one.pk, []),
            )
            for one in entries
        ],
    }
    if region.publisher is not None:
        document["publisher"] = _organisation(region.publisher, base)
    if region.code:
        document["spatial"] = _place(region)
    if total > len(entries):
        document |= {"view": _view(f"{base}/catalogue.jsonld", page, total), "totalItems": total}
    return document


def dataset(
    resource: Resource,
    *,
    base: str,
    service: str,
    region: Region = Region(),
    around: Around | None = None,
    versions: Iterable[Version] = (),
) -> dict[str, Any]:
    """One entry as a dcat:Dataset with its versions and the ways to its rows."""
    address = _address(base, resource.code)
    around = around or Around(served={resource.code})
    document: dict[str, Any] = {
        "@id": address,
        "@type": "Dataset",
        "identifier": resource.catalogue_code,
        "title": _words(resource.name, resource.name_en),
        "description": _words(resource.summary, resource.summary_en),
        "keyword": {"zh": [item.name for item in resource.items.all()]},
        "publisher": _organisation(resource.provider, base),
        "theme": _themes(resource, base),
        "issued": resource.published.isoformat(),
        "version": str(resource.version),
        "accrualPeriodicity": f"{_AUTHORITY}/frequency/{_FREQUENCY[resource.update_cycle]}",
        "accessRights": f"{_AUTHORITY}/access-right/{_access(resource)}",
        "availability": f"{_AUTHORITY}/planned-availability/{_availability(resource, around)}",
        "conformsTo": [_guide(), *(_element(base, item.element) for item in resource.items.all())],
        "landingPage": address,
        "relation": [_address(base, code) for code in resource.related],
    }
    if resource.share_condition:
        document["rights"] = _words(resource.share_condition, resource.share_condition_en)
    if region.code:
        document["spatial"] = _place(region)
    if resource.code in around.until:
        document["temporal"] = {"@type": "PeriodOfTime", "endDate": around.until[resource.code]}
    if resource.contact:
        document["contactPoint"] = _office(resource.contact)
    document |= _versioned(address, versions)
    if ways := _distributions(resource, address, service, around):
        document["distribution"] = ways
    return document


def _versioned(address: str, versions: Iterable[Version]) -> dict[str, Any]:
    """The kept versions, newest first, each one the successor of the next."""
    kept = list(versions)
    if not kept:
        return {}
    told: list[dict[str, Any]] = []
    for one, before in zip(kept, [*kept[1:], None], strict=True):
        version = {
            "@id": f"{address}versions/?after={one.number}",
            "@type": "Dataset",
            "version": str(one.number),
            "isVersionOf": address,
            "title": _words(one.content["name"]["zh"], one.content["name"].get("en", "")),
            "modified": one.at.isoformat(),
        }
        if before is not None:
            version["previousVersion"] = f"{address}versions/?after={before.number}"
        told.append(version)
    return {
        "modified": kept[0].at.isoformat(),
        "hasVersion": told,
        "hasCurrentVersion": told[0]["@id"],
    }


def _distributions(resource: Resource, address: str, service: str, around: Around) -> list[dict[str, Any]]:
    """Files open to everyone, and the gateway where it answers; nothing for what is never shared."""
    if resource.share_type == ShareType.DENIED:
        return []
    files = [_file(one, address) for one in around.downloads.get(resource.code, [])]
    if resource.code not in around.served:
        return files
    gateway = {
        "@id": f"{address}#gateway",
        "@type": "Distribution",
        "title": {"zh": "网关查询", "en": "Look-up through the gateway"},
        "accessURL": f"{service}/resources/{resource.code}/lookup",
        "accessService": service,
        "mediaType": f"{_MEDIA}/application/json",
    }
    return [*files, gateway]


def _file(one: File, address: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "@id": f"{one.url}#file",
        "@type": "Distribution",
        "accessURL": address,
        "downloadURL": one.url,
        "mediaType": f"{_MEDIA}/{one.media_type.partition(';')[0]}",
    }
    if one.size:
        told["byteSize"] = one.size
    if one.sha256:
        algorithm = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
        told["checksum"] = {"@type": "Checksum", "algorithm": algorithm, "checksumValue": one.sha256}
    if one.licence:
        told["license"] = one.licence
    if one.issued:
        told["issued"] = one.issued
    return told


def _availability(resource: Resource, around: Around) -> str:
    """Whether rows can be had: stable where they are served, experimental where none feeds it yet."""
    return "STABLE" if resource.code in around.served or resource.code in around.downloads else "EXPERIMENTAL"


def _access(resource: Resource) -> str:
    """Public only where the resource is open to society; sharing among departments is restricted access."""
    return "PUBLIC" if resource.open else _ACCESS[ShareType(resource.share_type)]


def _organisation(department: Any, base: str) -> dict[str, Any]:
    return {
        "@id": f"{base}/departments/{department.uscc}",
        "@type": "Organization",
        "identifier": department.uscc,
        "name": _words(department.name, department.name_en),
    }


def _themes(resource: Resource, base: str) -> list[dict[str, Any]]:
    """The levels of the classification as concepts, each below the one before."""
    told: list[dict[str, Any]] = []
    for depth in range(1, len(resource.classification) + 1):
        path = "/".join(resource.classification[:depth])
        concept: dict[str, Any] = {
            "@id": f"{base}/themes/{path}",
            "@type": "skos:Concept",
            "prefLabel": {"zh": resource.classification[depth - 1]},
        }
        if told:
            concept["broader"] = told[-1]["@id"]
        told.append(concept)
    return told


def _place(region: Region) -> dict[str, Any]:
    return {
        "@id": f"urn:x-xilin:area:{region.code}",
        "@type": "Location",
        "identifier": region.code,
        "prefLabel": _words(region.name.zh, region.name.en),
    }


def _office(contact: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"@type": "Office", "fn": dict(contact["name"])}
    if telephone := contact.get("telephone"):
        told["hasTelephone"] = f"tel:{telephone.replace(' ', '')}"
    if email := contact.get("email"):
        told["hasEmail"] = f"mailto:{email}"
    return told


def _guide() -> dict[str, Any]:
    return {
        "@id": GUIDE,
        "@type": "Standard",
        "title": {
            "zh": "政务信息资源目录编制指南（试行）2017",
            "en": "Guide to government resource catalogues (2017)",
        },
    }


def _element(base: str, code: str) -> str:
    return f"{base}/elements/{code}"


def _view(address: str, page: int, total: int) -> dict[str, Any]:
    """Where this page stands among all of them."""
    last = max(1, -(-total // PAGE))

    def at(number: int) -> str:
        return f"{address}?page={number}"

    told = {"@id": at(page), "@type": "PartialCollectionView", "first": at(1), "last": at(last)}
    if page > 1:
        told["previous"] = at(page - 1)
    if page < last:
        told["next"] = at(page + 1)
    return told


def _address(base: str, code: str) -> str:
    return f"{base}/catalogue/{code}/"


def _words(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en} if en else {"zh": zh}
