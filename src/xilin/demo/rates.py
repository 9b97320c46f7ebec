"""Error rates and the shape of the league, read from their two files."""

import tomllib
from pathlib import Path

from msgspec import Struct, convert

HERE = Path(__file__).parent


class Rates(Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of rows of one source about people that are wrong in each way; `rates.toml` says what each is."""

    id_missing: float
    id_mistyped: float
    id_fifteen: float
    id_lower_x: float
    id_borrowed: float
    name_missing: float
    name_spaced: float
    name_variant_han: float
    name_variant_mongol: float
    name_old: float
    birth_wrong: float
    birth_impossible: float
    sex_wrong: float
    code_outside: float
    phone_missing: float
    phone_old: float
    phone_bad: float
    address_missing: float
    address_old: float
    full_width: float
    household_missing: float
    repeated: float
    doubled: float


class Lives(Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of people to whom something happens that registers are slow to know."""

    died: float
    death_not_cancelled: float
    death_not_certified: float
    death_still_benefits: float
    moved: float
    outsider: float
    missed_by_population: float
    renamed: float


class OrganisationRates(Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of rows about organisations that are wrong in each way."""

    uscc_missing: float
    uscc_mistyped: float
    uscc_missing_register: float
    uscc_missing_collective_register: float
    uscc_missing_collective: float
    uscc_missing_cooperative: float
    name_variant: float
    name_short: float
    name_old: float
    parent_missing: float
    parent_code_missing: float
    legal_person_old: float
    date_disorder: float
    employer_uscc_wrong: float
    employer_uscc_missing: float
    repeated: float
    doubled: float
    code_outside: float


class LandRates(Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of plots whose outline is wrong in each way."""

    crossed: float
    swapped: float
    astray: float
    missing: float


class Errors(Struct, frozen=True, forbid_unknown_fields=True):
    """`rates.toml` as a whole."""

    everywhere: dict[str, float]
    source: dict[str, dict[str, float]]
    lives: Lives
    organisations: OrganisationRates
    land: LandRates

    def of(self, source: str) -> Rates:
        """The rates of one source: its own where it has one, else everywhere's."""
        return convert(self.everywhere | self.source.get(source, {}), Rates)


class County(Struct, frozen=True, forbid_unknown_fields=True):
    """A county's weight in people, and its share of Mongols."""

    code: str
    people: float
    mongol: float


class Counts(Struct, frozen=True, forbid_unknown_fields=True):
    """What is scaled, at scale 1."""

    people: int
    market_entities: int
    credit_filings: int
    herder_households: int
    lambs: int
    health_records: int
    land_parcels: int
    grassland_plots: int
    points_of_interest: int

    def at(self, scale: float) -> "Counts":
        """The same at a scale, at least one of each."""
        scaled = {name: max(1, round(getattr(self, name) * scale)) for name in self.__struct_fields__}
        return convert(scaled, Counts)


class Fixed(Struct, frozen=True, forbid_unknown_fields=True):
    """What is never scaled."""

    communities: int
    grids: int
    schools: int
    town_hospitals: int
    community_centres: int
    village_clinics: int
    sme_companies: int
    websites: int


class Mix(Struct, frozen=True, forbid_unknown_fields=True):
    """What organisations there are, as shares: assumptions, which no report counts."""

    companies: float
    cooperatives: float
    branches: float
    branches_near: float
    branches_same_person: float
    renamed: float
    collectives: float
    cooperatives_listed: float
    cooperatives_graded: float


class Shape(Struct, frozen=True, forbid_unknown_fields=True):
    """`shape.toml` as a whole."""

    counts: Counts
    fixed: Fixed
    organisations: Mix
    county: tuple[County, ...]
    other_groups: dict[str, float]


def errors(path: Path | None = None) -> Errors:
    """The error rates, from `rates.toml` or another file of its form."""
    return convert(tomllib.loads((path or HERE / "rates.toml").read_text("utf-8")), Errors)


def shape() -> Shape:
    """The shape of the league."""
    return convert(tomllib.loads((HERE / "shape.toml").read_text("utf-8")), Shape)
