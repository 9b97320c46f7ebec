"""The catalogue as DCAT 3 (W3C Recommendation of 22 August 2024), JSON-LD.

The context stands in the document itself: nothing has to be fetched to read it. Frequencies and access
rights use the EU Publications Office's authority tables, which DCAT-AP readers know.
"""

from typing import Any

from xilin.kernel.catalog.models import Resource, ShareType

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

CONTEXT: dict[str, Any] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": _XSD,
    "Catalog": "dcat:Catalog",
    "Dataset": "dcat:Dataset",
    "DataService": "dcat:DataService",
    "Distribution": "dcat:Distribution",
    "Organization": "foaf:Organization",
    "title": {"@id": "dcterms:title", "@container": "@language"},
    "description": {"@id": "dcterms:description", "@container": "@language"},
    "keyword": {"@id": "dcat:keyword", "@container": "@language"},
    "name": {"@id": "foaf:name", "@container": "@language"},
    "rights": {"@id": "dcterms:rights", "@container": "@language"},
    "prefLabel": {"@id": "skos:prefLabel", "@container": "@language"},
    "identifier": "dcterms:identifier",
    "issued": {"@id": "dcterms:issued", "@type": "xsd:date"},
    "version": "dcat:version",
    "publisher": {"@id": "dcterms:publisher", "@type": "@id"},
    "accrualPeriodicity": {"@id": "dcterms:accrualPeriodicity", "@type": "@id"},
    "accessRights": {"@id": "dcterms:accessRights", "@type": "@id"},
    "relation": {"@id": "dcterms:relation", "@type": "@id"},
    "dataset": {"@id": "dcat:dataset", "@type": "@id"},
    "service": {"@id": "dcat:service", "@type": "@id"},
    "distribution": {"@id": "dcat:distribution", "@type": "@id"},
    "accessURL": {"@id": "dcat:accessURL", "@type": "@id"},
    "accessService": {"@id": "dcat:accessService", "@type": "@id"},
    "endpointURL": {"@id": "dcat:endpointURL", "@type": "@id"},
    "servesDataset": {"@id": "dcat:servesDataset", "@type": "@id"},
    "theme": {"@id": "dcat:theme", "@type": "@id"},
    "landingPage": {"@id": "dcat:landingPage", "@type": "@id"},
}


def catalogue(
    resources: list[Resource], *, base: str, gateway: str, name: str, name_en: str = ""
) -> dict[str, Any]:
    """A catalogue document.

    Args:
        resources: entries with provider and items, in the order they shall stand.
        base: the portal's address; entries are `<base>/catalogue/<code>/`.
        gateway: the gateway's address.
        name, name_en: what the catalogue is called.
    """
    base, gateway = base.rstrip("/"), gateway.rstrip("/")
    service = f"{gateway}/v1"
    return {
        "@context": CONTEXT,
        "@id": f"{base}/catalogue/",
        "@type": "Catalog",
        "title": _words(name, name_en),
        "service": [
            {
                "@id": service,
                "@type": "DataService",
                "title": {"zh": "共享网关", "en": "Sharing gateway"},
                "endpointURL": service,
                "servesDataset": [_address(base, resource.code) for resource in resources],
            }
        ],
        "dataset": [dataset(resource, base=base, service=service) for resource in resources],
    }


def dataset(resource: Resource, *, base: str, service: str) -> dict[str, Any]:
    """One entry as a dcat:Dataset with one distribution through the gateway."""
    address = _address(base, resource.code)
    document: dict[str, Any] = {
        "@id": address,
        "@type": "Dataset",
        "identifier": resource.catalogue_code,
        "title": _words(resource.name, resource.name_en),
        "description": _words(resource.summary, resource.summary_en),
        "keyword": {"zh": [item.name for item in resource.items.all()]},
        "publisher": {
            "@id": f"{base}/departments/{resource.provider.uscc}",
            "@type": "Organization",
            "identifier": resource.provider.uscc,
            "name": _words(resource.provider.name, resource.provider.name_en),
        },
        "theme": [
            {"@id": f"{base}/themes/{level}", "@type": "skos:Concept", "prefLabel": {"zh": level}}
            for level in resource.classification
        ],
        "issued": resource.published.isoformat(),
        "version": str(resource.version),
        "accrualPeriodicity": f"{_AUTHORITY}/frequency/{_FREQUENCY[resource.update_cycle]}",
        "accessRights": f"{_AUTHORITY}/access-right/{_access(resource)}",
        "landingPage": address,
        "relation": [_address(base, code) for code in resource.related],
    }
    if resource.share_condition:
        document["rights"] = _words(resource.share_condition, resource.share_condition_en)
    if resource.share_type != ShareType.DENIED:
        document["distribution"] = [
            {
                "@id": f"{address}#gateway",
                "@type": "Distribution",
                "accessURL": f"{service}/resources/{resource.code}/lookup",
                "accessService": service,
            }
        ]
    return document


def _access(resource: Resource) -> str:
    """Public only where the resource is open to society; sharing among departments is restricted access."""
    return "PUBLIC" if resource.open else _ACCESS[ShareType(resource.share_type)]


def _address(base: str, code: str) -> str:
    return f"{base}/catalogue/{code}/"


def _words(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en} if en else {"zh": zh}
