"""How many people fit what masks show: counted by hand, and what a department sees with all its grants together."""

import hashlib
import hmac
import itertools
import statistics
import tomllib
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob
from psycopg import sql
from published import rows

import small_league
from xilin.config import doctor
from xilin.kernel.accounts.models import Department
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions, candidates, keys, publishing, risk, tasks
from xilin.kernel.exchange.declarations import Mask
from xilin.kernel.exchange.masks import masker
from xilin.kernel.exchange.models import Grant
from xilin.kernel.exchange.risk_errors import UnionNeedsReason, UnionTooSmall
from xilin.kernel.standards.declarations import KINDS, Name
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.declared import read


def mask(kind="stars", **settings):
    return Mask(code="m", name=Name(zh="m"), kind=kind, source="test", **settings)


BORN = candidates.births(date(2026, 11, 24))


def test_the_usual_mask_of_an_id_number_leaves_3213_and_33_with_the_birth_year():
    shown = "110101********4258"

    assert candidates.left(shown, BORN) == 3213
    years = [candidates.births(date(year, 12, 31), date(year, 1, 1)) for year in range(1930, 2026)]
    assert statistics.median(candidates.left(shown, born) for born in years) == 33
    # Where another tail leaves even fewer, that is what counts for the mask as a whole.
    assert candidates.least(mask(keep_first=6, keep_last=4), "citizen_id", BORN) == 3211


def valid(day, sequence):
    body = f"990101{day}{sequence}"
    return (
        body + candidates.CHECK[sum(int(c) * w for c, w in zip(body, candidates.WEIGHTS, strict=True)) % 11]
    )


@pytest.mark.parametrize(("first", "last"), [(6, 4), (6, 2), (6, 1), (8, 3), (10, 0), (14, 1), (12, 4)])
def test_the_fewest_numbers_are_those_that_trying_every_number_finds(first, last):
    days = candidates.births(date(1999, 12, 31), date(1999, 11, 20))
    everyone = [valid(day, number) for day in days for number in candidates.SEQUENCES]
    show = masker(mask(keep_first=first, keep_last=last), b"")
    alike = Counter(show(number) for number in everyone)

    assert candidates.least(mask(keep_first=first, keep_last=last), "citizen_id", days) == min(alike.values())
    some = next(iter(alike))
    assert candidates.left(some, days) == alike[some]


texts = st.text("王李乌a1-", min_size=0, max_size=6)


@pytest.mark.django_db
@settings(max_examples=20, deadline=None)
@given(
    values=st.lists(texts | st.dates(date(1950, 1, 1), date(1960, 1, 1)).map(str), min_size=1, max_size=12),
    kept=st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([0, 2])),
    kind=st.sampled_from(["stars", "area", "year", "hide"]),
)
def test_values_look_alike_in_the_database_exactly_where_the_gateway_shows_them_alike(values, kept, kind):
    first, last, stars = kept
    given = mask(
        kind,
        keep_first=first,
        keep_last=last if kind == "stars" else 0,
        stars=stars if kind == "stars" else 0,
    )
    show = masker(given, b"")
    with connection.cursor() as cursor:
        query = sql.SQL("SELECT v, {} FROM unnest(%s::text[]) AS v")
        cursor.execute(query.format(risk.expression(sql.Identifier("v"), given)), [values])
        found = cursor.fetchall()

    for (one, shown), (other, also) in itertools.combinations(found, 2):
        assert (shown == also) == (show(one) == show(other)), (one, other)


MORE = {
    "elements/more.toml": small_league.element("sex", "性别", "Sex", personal="personal")
    + small_league.element("born", "出生日期", "Birth date", type="date", personal="personal")
    + small_league.element("area", "区划", "Area"),
    "risk.toml": """
direct = ["id_number", "person_name", "address"]
quasi = [{ element = "born", known = "year" }, { element = "area", known = "area", keep_first = 4 }, { element = "sex" }]
source = "test"
reason_below = 3
floor = 2
floor_since = 2026-01-01
""",
    "resources/register.toml": small_league.resource(
        code="register",
        catalogue="109/01",
        zh="登记",
        en="Register",
        provider="police",
        items="""
key = ["id_number"]
lookup = ["id_number"]
registry = ""
[[item]]
element = "id_number"
mask = "id_front"
[[item]]
element = "sex"
[[item]]
element = "born"
mask = "year"
[[item]]
element = "area"
""",
    ),
}
CHECKED = small_league.ELEMENTS.replace(
    'source = "GB 11643-1999"', 'source = "GB 11643-1999"\ncheck = "citizen_id"'
)
MASKS = (
    small_league.MASKS
    + small_league.mask("year", "年", "Year", "year")
    + small_league.mask("county", "旗县", "County", "area", keep_first=4)
)
SEXES, AREAS = ("1", "2"), ("990101", "990102", "990201")


def people(n=60):
    return [
        {
            "id_number": valid(f"{1980 + i % 3}0101", f"{i + 1:03d}"),
            "sex": SEXES[i % 2],
            "born": date(1980 + i % 3, 1, 1),
            "area": AREAS[i % 7 % 3],
        }
        for i in range(n)
    ]


@pytest.fixture
def register(hub, tmp_path):
    """The hub with a register of 60 people, the masks and what is said of re-identification."""
    small_league.apply(tmp_path / "more", MORE, masks=MASKS, all=CHECKED)
    hub.rows = people()
    publishing.publish_table(
        declaration("resource", "register"), declared("element"), rows(hub.rows), at=hub.now
    )
    hub.register = catalog.resource("register")
    return hub


def sizes(hub, *keys):
    """Of each person how many look like them, smallest first."""
    groups = Counter(tuple(key(row) for key in keys) for row in hub.rows)
    return sorted(n for n in groups.values() for _ in range(n))


def told(fit):
    return fit.median, fit.least, fit.records


def by_hand(found):
    return found[(len(found) - 1) // 2], found[0], len(found)


YEAR, AREA, SEX, FRONT = (
    (lambda r: r["born"].year),
    (lambda r: r["area"][:4]),
    (lambda r: r["sex"]),
    (lambda r: r["id_number"][:6]),
)


def test_a_mask_is_measured_with_what_an_onlooker_may_know_beside_it(register):
    found = {fit.known: fit for fit in risk.fits("register", "born", "year")}

    assert set(found) == {"", "year", "area", "year+area"}
    assert told(found[""]) == by_hand(sizes(register, YEAR))
    assert told(found["area"]) == by_hand(sizes(register, YEAR, AREA))
    front = risk.fitting("register", "id_number", "id_front", known="year+area")
    assert told(front) == by_hand(sizes(register, FRONT, YEAR, AREA))
    assert front.possible == 365 * 999
    assert told(risk.fitting("register", "id_number", "hidden")) == (60, 60, 60)


def test_a_measurement_is_kept_until_other_rows_are_served_or_the_mask_changes(
    register, django_assert_num_queries
):
    risk.fits("register", "born", "year")
    kept = set(risk.MaskFit.objects.values_list("pk", flat=True))
    risk.fits("register", "born", "year")
    assert set(risk.MaskFit.objects.values_list("pk", flat=True)) == kept

    register.rows = people(30)
    publishing.publish_table(
        declaration("resource", "register"),
        declared("element"),
        rows(register.rows, batch=2),
        at=register.now,
    )

    assert told(risk.fitting("register", "born", "year")) == by_hand(sizes(register, YEAR))
    assert not kept & set(risk.MaskFit.objects.values_list("pk", flat=True))


def test_nothing_is_measured_where_no_rows_are_served(register):
    assert risk.fits("households", "id_number", "id_front") == []
    assert (
        risk.union(register.ann.department, "households", ["address"], {"address": "id_front"}).verdict
        == "unmeasured"
    )


def ask(hub, items, **masks):
    request = hub.ask(resource=hub.register, items=items, shape="masked")
    return actions.approve(request, by=hub.bob, at=hub.now, masks=masks, reason="办理低保核对所必需")


def union(hub, items, **masks):
    return risk.union(hub.ann.department, "register", items, masks, at=hub.now)


def test_the_grants_of_a_department_are_judged_together(register):
    alone = union(register, ["sex", "area"], area="county")
    assert told(alone.fit) == by_hand(sizes(register, SEX, AREA))
    assert alone.verdict == "fits"

    ask(register, ["id_number", "born"], born="year")
    together = union(register, ["sex", "area"], area="county")

    assert together.columns == ("register.area", "register.born", "register.id_number", "register.sex")
    assert told(together.fit) == by_hand(sizes(register, SEX, AREA, YEAR, FRONT))
    assert together.few == sum(n < 3 for n in sizes(register, SEX, AREA, YEAR, FRONT))
    nobody = Department.objects.get(code="market")
    assert told(risk.union(nobody, "register", ["sex"], {}, at=register.now).fit) == by_hand(
        sizes(register, SEX)
    )


def test_grants_that_ended_and_shapes_without_values_count_for_nothing(register):
    grant = ask(register, ["born"], born="year")
    before = union(register, ["sex"])
    Grant.objects.filter(pk=grant.pk).update(shape="verify")
    assert told(union(register, ["sex"]).fit) == by_hand(sizes(register, SEX)) != told(before.fit)


def test_a_pseudonym_or_a_hidden_item_tells_nobody_apart(register):
    found = union(register, ["id_number", "sex"], id_number="hidden")
    assert found.columns == ("register.sex",)


def test_an_identifier_shown_as_it_is_needs_no_count(register):
    assert union(register, ["id_number", "sex"]).verdict == "identified"


def single(hub):
    """One more person whom nobody looks like."""
    hub.rows = [
        *people(),
        {"id_number": valid("19700101", "001"), "sex": "1", "born": date(1970, 1, 1), "area": "990201"},
    ]
    publishing.publish_table(
        declaration("resource", "register"), declared("element"), rows(hub.rows, batch=3), at=hub.now
    )


def test_a_small_group_wants_a_reason_and_most_people_alone_are_refused(register):
    single(register)
    found = union(register, ["born", "sex"], born="year")
    assert (found.verdict, found.fit.least, found.few) == ("reason", 1, 1)
    with pytest.raises(UnionNeedsReason):
        risk.check(found, "  ")
    risk.check(found, "办理低保核对所必需")

    register.rows = [row | {"born": date(1950 + n, 1, 1)} for n, row in enumerate(people())]
    publishing.publish_table(
        declaration("resource", "register"),
        declared("element"),
        rows(register.rows, batch=4),
        at=register.now,
    )
    found = union(register, ["born", "sex"], born="year")
    assert found.verdict == "refused"
    with pytest.raises(UnionTooSmall):
        risk.check(found, "any reason")


def rare(hub):
    """Everybody born on a day of their own."""
    hub.rows = [row | {"born": date(1950 + n, 1, 1)} for n, row in enumerate(people())]
    publishing.publish_table(
        declaration("resource", "register"), declared("element"), rows(hub.rows, batch=4), at=hub.now
    )


def test_the_floor_holds_from_its_day_and_an_open_request_for_full_fields_gives_its_reason(
    register, tmp_path
):
    rare(register)
    floor = MORE | {"risk.toml": MORE["risk.toml"].replace("2026-01-01", "2026-09-25")}
    small_league.apply(tmp_path / "later", floor, masks=MASKS, all=CHECKED)
    early, later = register.now, register.now + timedelta(days=1)

    def judged(shape, at):
        found = risk.union(
            register.ann.department, "register", ["born", "sex"], {"born": "year"}, shape=shape, at=at
        )
        return found.verdict

    assert (judged("masked", early), judged("masked", later)) == ("reason", "refused")
    assert judged("full", later) == "reason"
    assert (
        risk.union(
            register.ann.department, "register", ["born", "sex"], {"born": "year"}, shape="verify", at=later
        ).columns
        == ()
    )


def test_an_approval_below_the_floor_is_refused_with_its_remedy_and_full_fields_are_not(register):
    rare(register)
    asked = register.ask(resource=register.register, items=["born", "sex"], shape="masked")
    with translation.override("en"), pytest.raises(UnionTooSmall) as refused:
        actions.approve(asked, by=register.bob, at=register.now, masks={"born": "year"}, reason="必需")
    with translation.override("en"):
        assert "2" in str(refused.value)
        assert "coarser masks" in refused.value.advice
    assert not Grant.objects.exists()
    coarser = actions.approve(
        asked, by=register.bob, at=register.now, masks={"born": "hidden"}, reason="必需"
    )
    assert coarser.number
    openly = register.ask(resource=register.register, items=["born", "sex"], shape="full")
    with pytest.raises(UnionNeedsReason):
        actions.approve(openly, by=register.bob, at=register.now, reason=" ")
    assert (
        actions.approve(
            openly, by=register.bob, at=register.now, reason="依《社会救助暂行办法》逐人核对"
        ).shape
        == "full"
    )


def test_measuring_is_queued_by_publishing_and_the_doctor_names_what_is_out_of_date(register):
    queued = ProcrastinateJob.objects.filter(task_name=publishing.MEASURE, args={"resource": "register"})
    assert [job.args for job in queued] == [{"resource": "register"}]
    assert risk.outdated() == ["register"]
    assert "register" in doctor.masks()
    ProcrastinateJob.objects.all().delete()
    assert tasks.measures.func(0) == ["register"]
    assert queued.count() == 1

    assert tasks.measure.func("register") > 0
    assert (risk.outdated(), doctor.masks(), tasks.measures.func(0)) == ([], "", [])
    rare(register)
    assert risk.outdated() == ["register"]


def test_the_leagues_own_floor_refuses_and_says_since_when():
    said = tomllib.loads(
        (Path(__file__).parents[3] / "leagues" / "xilingol" / "risk.toml").read_text("utf-8")
    )
    assert said["floor"] >= 2
    assert said["floor_since"] <= date(2026, 11, 26)


def test_two_departments_cannot_join_what_they_got(tmp_path):
    """Attack: each has the pseudonyms of the same people; and each tries all values there are, under any key it can know."""
    pseudonyms = mask("pseudonym")
    numbers = [row["id_number"] for row in people()]
    first, second = (keys.grant_key(tmp_path, grant) for grant in ("G1", "G2"))
    got = {masker(pseudonyms, first)(number) for number in numbers}
    others = {masker(pseudonyms, second)(number) for number in numbers}
    assert len(got) == len(others) == len(numbers)
    assert not got & others

    # Values of which there are few fall to whoever tries them all, unless the hash has a key nobody knows.
    shown = masker(pseudonyms, first)(AREAS[1])
    guesses = {hashlib.sha256(area.encode()).hexdigest()[:32] for area in AREAS}
    for known in (b"", b"G1", first[:0], second, hashlib.sha256(b"G1").digest()):
        guesses |= {hmac.new(known, area.encode(), hashlib.sha256).hexdigest()[:32] for area in AREAS}
    assert shown not in guesses
    # The attack works where there is no key: that it fails is not for want of trying.
    assert hashlib.sha256(AREAS[1].encode()).hexdigest()[:32] in guesses


def test_a_catalogue_with_the_usual_mask_of_id_numbers_is_refused(tmp_path):
    weak = small_league.MASKS.replace("keep_first = 6", "keep_first = 6\nkeep_last = 4")
    risk_file = {"risk.toml": 'direct = ["id_number"]\nquasi = []\nsource = "test"\n'}

    _, faults = read(small_league.write(tmp_path / "weak", risk_file, masks=weak, all=CHECKED), KINDS)
    _, none = read(small_league.write(tmp_path / "good", risk_file, all=CHECKED), KINDS)

    assert [fault.place.file for fault in faults] == ["masks.toml"]
    assert "3211" in faults[0].of("en")
    assert none == []
