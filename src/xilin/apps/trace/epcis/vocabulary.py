"""Words of the Core Business Vocabulary (CBV 2.0, GS1) in every form a document may use.

A word such as `shipping` may be written bare (JSON), as an old URN (XML: `urn:epcglobal:cbv:bizstep:shipping`),
as a web URI (`https://ref.gs1.org/cbv/BizStep-shipping`) or as a CURIE of it (`cbv:BizStep-shipping`).
"""

from functools import lru_cache
from typing import NamedTuple

CBV = "https://ref.gs1.org/cbv/"
EPCIS = "https://ref.gs1.org/epcis/"
VOC = "https://gs1.org/voc/"
MASTER_DATA = "urn:epcglobal:cbv:mda:"

# Prefixes every document may use without declaring them (EPCIS 2.0, JSON-LD context).
PREFIXES = {
    "epcis": EPCIS,
    "cbv": CBV,
    "gs1": VOC,
    "cbvmda": MASTER_DATA,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
# Where GS1's web vocabulary has lived; one host stands for all in canonical forms.
VOC_HOSTS = (
    "https://gs1.org/voc/",
    "https://ref.gs1.org/voc/",
    "https://www.gs1.org/voc/",
    "http://gs1.org/voc/",
    "http://www.gs1.org/voc/",
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


BIZ_STEPS = _words(
    "accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting"
    " decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting"
    " installing killing loading other packing picking receiving removing repackaging repairing replacing"
    " reserving retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing"
    " transporting unloading unpacking void_shipping"
)
DISPOSITIONS = _words(
    "active available completeness_inferred completeness_verified conformant container_closed container_open"
    " damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class"
    " mismatch_instance mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other"
    " partially_dispensed recalled reserved retail_sold returned sellable_accessible sellable_not_accessible"
    " stolen unavailable unknown"
)
TRANSACTION_TYPES = _words("bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt")
PARTY_TYPES = ("location", "owning_party", "possessing_party")
ERROR_REASONS = ("did_not_occur", "incorrect_data")
ALERTS = ("ALARM_CONDITION", "ERROR_CONDITION")
COMPONENTS = _words(
    "x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing latitude"
    " longitude altitude"
)
MEASUREMENTS = _words(
    "AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance"
    " AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance"
    " Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity"
    " ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency"
    " Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux"
    " LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration"
    " MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power"
    " Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity SolidAngle"
    " SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate"
    " VolumeFraction VolumetricFlux Wavenumber"
)


class Words(NamedTuple):
    """One list of the vocabulary: its bare words, the start of its web URIs, and of its URNs ("" if it has none)."""

    name: str
    words: tuple[str, ...]
    web: str
    urn: str


BIZ_STEP = Words("bizStep", BIZ_STEPS, CBV + "BizStep-", "urn:epcglobal:cbv:bizstep:")
DISPOSITION = Words("disposition", DISPOSITIONS, CBV + "Disp-", "urn:epcglobal:cbv:disp:")
TRANSACTION = Words("bizTransactionType", TRANSACTION_TYPES, CBV + "BTT-", "urn:epcglobal:cbv:btt:")
PARTY = Words("sourceDestType", PARTY_TYPES, CBV + "SDT-", "urn:epcglobal:cbv:sdt:")
REASON = Words("errorReason", ERROR_REASONS, CBV + "ER-", "urn:epcglobal:cbv:er:")
COMPONENT = Words("component", COMPONENTS, CBV + "Comp-", "")
MEASUREMENT = Words("measurementType", MEASUREMENTS, VOC, "")
ALERT = Words("sensorAlertType", ALERTS, VOC, "")
LISTS = (BIZ_STEP, DISPOSITION, TRANSACTION, PARTY, REASON, COMPONENT, MEASUREMENT, ALERT)


def web_uri(words: Words, value: str) -> str:
    """The full web URI of a word written in any form without a document's own prefixes; other URIs as they are.

    >>> web_uri(BIZ_STEP, "urn:epcglobal:cbv:bizstep:shipping")
    'https://ref.gs1.org/cbv/BizStep-shipping'
    """
    return _forms(words.name).get(value) or _other(words, value)


def bare(words: Words, value: str) -> str:
    """The bare word of a standard value written in any form; the full URI of any other value.

    >>> bare(DISPOSITION, "https://ref.gs1.org/cbv/Disp-recalled"), bare(DISPOSITION, "https://example.org/sad")
    ('recalled', 'https://example.org/sad')
    """
    uri = web_uri(words, value)
    word = uri[len(words.web) :]
    return word if word in _known(words.name) and uri.startswith(words.web) else uri


def urn(words: Words, value: str) -> str:
    """The form XML documents use: the old URN where the list has one, else the CURIE of the web vocabulary."""
    word = bare(words, value)
    if word not in _known(words.name):
        return word
    if words.urn:
        return words.urn + word
    return f"gs1:{word}" if words.web == VOC else f"cbv:{words.web[len(CBV) :]}{word}"


@lru_cache(maxsize=16)
def _known(name: str) -> frozenset[str]:
    return frozenset(next(w for w in LISTS if w.name == name).words)


@lru_cache(maxsize=16)
def _forms(name: str) -> dict[str, str]:
    """Every usual form of a list's words -> the web URI."""
    words = next(w for w in LISTS if w.name == name)
    found = {}
    for word in words.words:
        uri = words.web + word
        forms = [word, uri]
        if words.urn:
            forms.append(words.urn + word)
        if words.web == VOC:
            forms += [f"gs1:{word}", *(host + word for host in VOC_HOSTS)]
        else:
            kind = words.web[len(CBV) :]
            forms += [f"cbv:{kind}{word}", f"https://ns.gs1.org/cbv/{kind}{word}"]
        found.update(dict.fromkeys(forms, uri))
    return found


@lru_cache(maxsize=4096)
def _other(words: Words, value: str) -> str:
    if words.urn and value.startswith(words.urn):
        return words.web + value[len(words.urn) :]
    return one_host(value)


def one_host(uri: str) -> str:
    """A URI with the one host of GS1's web vocabulary."""
    for host in VOC_HOSTS if "/voc/" in uri else ():
        if uri.startswith(host):
            return VOC + uri[len(host) :]
    return uri
