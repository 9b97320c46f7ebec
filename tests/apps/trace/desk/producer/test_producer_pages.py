"""The producers' desk: one's own goods and nothing else, codes ordered and set to work, files, events, suspicions, workbooks."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

import producer_sheets as made
import trace_league
from xilin.apps.trace.codes import issuing
from xilin.apps.trace.codes.actions import allot
from xilin.apps.trace.desk import seats
from xilin.apps.trace.desk.errors import WrongSeat
from xilin.apps.trace.desk.producer import actions, events, looks, queries
from xilin.apps.trace.models import Alert, Code, CodeBatch, CodeWork, Event, Hand, Party, PrintFile
from xilin.apps.trace.verdicts.actions import check
from xilin.apps.trace.verdicts.facts import Scan
from xilin.apps.trace.verdicts.queries import book
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit.queries import entries
from xilin.kernel.casework.models import Case

DESK = "/desk/goods/producer/"
SITE = "https://id.example.org"


def codes(gtin, lot, count=20, kind="link"):
    """A batch of codes that is ready."""
    batch = issuing.order(
        gtin, count, request=uuid4(), kind=kind, site=SITE, at=timezone.now() - timedelta(days=3), lot=lot
    )
    return issuing.issue(batch, at=timezone.now())


def seen_at(code, place, at, client):
    """Somebody looks at a code."""
    scan = Scan(gtin=code.gtin, serial=code.serial, at=at, client=client, place=place, precise=True)
    return check(scan, at=at)


@pytest.fixture
def desk(tmp_path, db, settings, client):
    """A meat company and a salt works with a batch each; somebody of the meat company is signed in."""
    trace_league.apply(tmp_path)
    settings.CODES_URL = SITE
    person, party = made.company()
    meat, salt = codes(made.MEAT, "MEATLOT"), codes(made.SALT, "SALTLOT")
    client.force_login(person)
    return client, person, party, meat, salt


def page(client, path, status=200):
    answer = client.get(DESK + path)
    assert answer.status_code == status
    return answer.content.decode()


def work(batch):
    """What the worker does with what was asked last."""
    return actions.carry_out(batch.works.latest("pk").pk, at=timezone.now())


def test_a_producer_sees_its_own_goods_and_no_others(desk):
    client, _person, _party, meat, salt = desk

    for path in ("", "batches/", f"batches/{meat.pk}/", "looks/", "events/"):
        said = page(client, path)
        assert "SALTLOT" not in said, path
        assert made.SALT not in said, path
    assert "MEATLOT" in page(client, "batches/")
    page(client, f"batches/{salt.pk}/", 404)
    for path in (f"batches/{salt.pk}/act/", f"batches/{salt.pk}/files/", f"batches/{salt.pk}/forget/"):
        assert client.post(DESK + path, {"kind": "activate", "first": 1, "last": 2}).status_code == 404
    assert not CodeWork.objects.exists()


def test_ones_own_tables_are_sorted_and_taken_along(desk):
    client, _person, _party, meat, salt = desk
    for batch in (meat, salt):
        seen_at(batch.codes.order_by("pk").first(), "11", timezone.now() - timedelta(hours=1), client=5)

    def rows(path):
        answer = client.get(DESK + path)
        assert answer.headers["Content-Type"].startswith("text/csv"), path
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]

    assert [row[0] for row in rows("batches/?export=csv&sort=-count&state=ready")] == ["MEATLOT"]
    assert [row[0] for row in rows(f"batches/?export=csv&gtin={made.SALT}")] == ["MEATLOT"]
    assert int(rows("?export=csv&sort=-made")[0][3]) == meat.count
    assert rows(f"batches/{meat.pk}/?parts-export=csv")[0][0] == f"1–{meat.count}"
    assert [row[:2] for row in rows("looks/?places-export=csv&places-sort=-looks")] == [["北京市", "1"]]
    assert rows("looks/?suspicions-export=csv")[0][0] == "出厂前出现"
    assert rows("sheets/?export=csv") == []


@pytest.mark.parametrize("who", ["department", "auditor", "nobody", "other", "ended"])
def test_the_desk_is_not_there_for_anybody_else(desk, who):
    client, person, _party, meat, _salt = desk
    if who == "department":
        client.force_login(
            User.objects.create_user("nora", department=Department.objects.get(code="nmj"), role="steward")
        )
    elif who == "auditor":
        client.force_login(User.objects.create_user("arno", role="audit"))
    elif who == "nobody":
        client.logout()
    elif who == "other":
        client.force_login(made.company("ole", product=made.SALT, code="salt-works")[0])
    else:
        seats.end(person.username, at=timezone.now())

    status = 302 if who == "nobody" else 404
    assert client.get(f"{DESK}batches/{meat.pk}/").status_code == status
    if who != "other":
        assert client.get(DESK).status_code == status


def test_who_only_looks_changes_nothing(desk):
    client, _person, party, meat, _salt = desk
    client.force_login(made.company("lena", acts=False)[0])
    hand = User.objects.create_user("driver")
    Hand.objects.create(user=hand, party=party, tasks=["ship"], given_at=timezone.now())

    for user in (User.objects.get(username="lena"), hand):
        client.force_login(user)
        assert "MEATLOT" in page(client, "batches/")
        assert 'method="post" action="/desk/goods/producer' not in page(client, f"batches/{meat.pk}/")
        page(client, "batches/order/", 404)
        page(client, "sheets/", 404)
        for path, given in (
            (f"batches/{meat.pk}/act/", {"kind": "void", "first": 1, "last": 1}),
            (f"batches/{meat.pk}/files/", {"file-form": "csv", "file-first": 1, "file-last": 1}),
            ("sheets/", {"file": SimpleUploadedFile("x.xlsx", b"x")}),
        ):
            assert client.post(DESK + path, given).status_code == 404
    assert not CodeWork.objects.exists()
    assert not PrintFile.objects.exists()


def test_outside_the_desk_of_goods_a_producer_is_a_visitor(desk):
    client = desk[0]

    assert client.get("/desk/").url == DESK
    assert client.get("/desk/quarantine/").url == DESK
    said = client.get("/departments/")
    assert said.status_code == 200
    assert not said.wsgi_request.user.is_authenticated


def test_seats_are_for_people_of_producers_alone(desk):
    User.objects.create_user("steward", department=Department.objects.get(code="nmj"), role="steward")

    for name, party in (("steward", "plant-7"), ("nobody", "plant-7"), ("paula", "no-party")):
        with pytest.raises(WrongSeat):
            seats.give(name, party, acts=True, at=timezone.now())


def test_codes_are_ordered_made_activated_allotted_and_ended(desk):
    client, person, _party, _meat, _salt = desk
    form = {
        "request": str(uuid4()),
        "gtin": made.MEAT,
        "lot": "NEW1",
        "count": 50,
        "produced_on": "2026-11-01",
    }
    first, second = (client.post(DESK + "batches/order/", form) for _ in range(2))

    assert first.url == second.url
    batch = CodeBatch.objects.get(lot="NEW1")
    assert (batch.state, batch.kind, str(batch.expires_on)) == ("issuing", "link", "2027-11-01")
    assert "等待中" in page(client, f"batches/{batch.pk}/")
    assert work(batch).state == "done"
    path = f"{DESK}batches/{batch.pk}/act/"
    assert client.post(path, {"kind": "activate", "first": 1, "last": 30}).status_code == 302
    assert client.post(path, {"kind": "void", "first": 1, "last": 1}).status_code == 422, (
        "one thing at a time"
    )
    work(batch)
    client.post(path, {"kind": "allot", "first": 1, "last": 10, "region": "east"})
    work(batch)
    client.post(path, {"kind": "void", "first": 50, "last": 50})
    assert work(batch).refused == 0

    counts = queries.counted([batch])[batch.pk]
    assert (counts.active, counts.issued, counts.ended) == (30, 19, 1)
    assert [(one.first, one.last, one.allotment and one.allotment.region) for one in queries.parts(batch)] == [
        (1, 10, "east"), (11, 50, None)
    ]  # fmt: skip
    assert [(one.first, one.last, one.state.name) for one in queries.spans(batch)] == [
        (1, 30, "ACTIVE"), (31, 49, "ISSUED"), (50, 50, "VOID")
    ]  # fmt: skip
    told = [entry.kind for entry in entries().filter(by=person.username)]
    assert told.count("trace.work_asked") == 4
    assert {"trace.codes_ordered", "trace.codes_issued", "trace.codes_acted", "trace.codes_allotted"} <= set(
        told
    )
    said = page(client, f"batches/{batch.pk}/")
    assert bytes(CodeBatch.objects.get(pk=batch.pk).root).hex() in said


def test_products_of_others_and_wrong_ranges_are_refused(desk):
    client, _person, _party, meat, _salt = desk
    order = {"request": str(uuid4()), "gtin": made.SALT, "lot": "X", "count": 5}
    assert client.post(DESK + "batches/order/", order).status_code == 422
    path = f"{DESK}batches/{meat.pk}/act/"
    for given in (
        {"kind": "activate", "first": 5, "last": 4},
        {"kind": "activate", "first": 1, "last": 21},
        {"kind": "allot", "first": 1, "last": 2},
        {"kind": "sell", "first": 1, "last": 2},
    ):
        assert client.post(path, given).status_code == 422
    assert CodeBatch.objects.count() == 2
    assert not CodeWork.objects.exists()


def test_a_worker_that_dies_goes_on_after_the_last_piece(desk, monkeypatch):
    _client, person, party, meat, _salt = desk
    asked = actions.ask(
        made.producer(party), meat, "activate", 1, 20, at=timezone.now() - timedelta(minutes=9), by=person
    )
    monkeypatch.setattr(actions, "PIECE", 6)
    real, calls = actions.codes.act, []

    def act(*given, **more):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("killed")
        return real(*given, **more)

    monkeypatch.setattr(actions.codes, "act", act)
    with pytest.raises(RuntimeError):
        actions.carry_out(asked.pk, at=timezone.now())
    asked.refresh_from_db()
    assert (asked.state, asked.done) == ("running", 12)

    assert actions.requeue() == 1
    assert actions.carry_out(asked.pk, at=timezone.now()).done == 20
    assert Code.objects.filter(batch=meat, state=Code.State.ACTIVE).count() == 20
    assert actions.carry_out(asked.pk, at=timezone.now()) is None, "what is done is not done again"


def test_print_files_are_for_the_owner_and_each_fetch_is_on_record(desk):
    client, person, _party, meat, _salt = desk
    path = f"{DESK}batches/{meat.pk}/files/"
    for form in ("csv", "pdf"):
        client.post(path, {"file-form": form, "file-first": 3, "file-last": 7})
    csv, pdf = PrintFile.objects.order_by("pk")

    got = client.post(f"{path}{csv.pk}/")
    lines = b"".join(got.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 6
    assert lines[1].split(",")[1].startswith(SITE)
    assert got["Cache-Control"].count("no-store") == 1
    assert b"".join(client.post(f"{path}{pdf.pk}/").streaming_content).startswith(b"%PDF")
    csv.refresh_from_db()
    assert (csv.fetched, csv.fetched_by) == (1, person.username)
    assert entries(kind="trace.print_file_fetched").count() == 2
    assert client.get(f"{path}{csv.pk}/").status_code == 405
    client.force_login(made.company("ole", product=made.SALT, code="salt-works")[0])
    assert client.post(f"{path}{csv.pk}/").status_code == 404


def test_after_printing_scratch_codes_can_be_forgotten(desk):
    client, _person, _party, _meat, _salt = desk
    batch = codes(made.MEAT, "SCRATCH", 4, kind="scratch")
    path = f"{DESK}batches/{batch.pk}/"
    client.post(path + "files/", {"file-form": "csv", "file-first": 1, "file-last": 4})
    assert client.post(path + "forget/").status_code == 404
    assert client.post(path + "forget/", {"printed": "yes"}).status_code == 302

    assert client.post(f"{path}files/{PrintFile.objects.get().pk}/").status_code == 410
    assert PrintFile.objects.get().fetched == 0


def test_a_workbook_is_sent_looked_at_kept_and_read_as_events(desk):
    client, _person, party, _meat, _salt = desk
    now = timezone.localtime()
    sheets = made.season()
    sheets["生产批次"][1][0][2] = (now - timedelta(days=5)).replace(tzinfo=None, microsecond=0)
    sheets["装箱"][1][0][0] = f"{now - timedelta(days=4):%Y-%m-%d}"
    sheets["发货"][1][0][0] = f"{now - timedelta(days=3):%Y-%m-%d %H:%M}"
    sheets["产品"][1].append(["1", "坏", "1", "羊肉", 1, None])
    sent = client.post(DESK + "sheets/", {"file": SimpleUploadedFile("十一月.xlsx", made.workbook(sheets))})
    assert not Event.objects.exists()
    path = sent.url.removeprefix(DESK)
    look = page(client, path)
    assert "A3" in look
    assert "不是商品条码" in look

    assert client.post(f"{DESK}{path}keep/").status_code == 302
    assert client.post(f"{DESK}{path}keep/").status_code == 409
    assert client.get(f"{DESK}{path}rows/").content.startswith(b"PK")
    assert Event.objects.filter(party=party.pk).count() == 3
    assert "手把肉" in page(client, "events/")
    assert made.NEW in page(client, "")
    event = Event.objects.get(biz_step="shipping")
    told = page(client, f"events/{event.pk}/")
    for words in ("发货", "一号车间", "北京店", "在途", made.BOX, "ObjectEvent"):
        assert words in told
    for query, count in (
        ("?step=packing", 1),
        ("?step=killing", 0),
        (f"?gtin={made.NEW}", 2),
        (f"?thing={made.BOX}", 0),
    ):
        assert (
            page(client, "events/" + query).count("/events/")
            - page(client, "events/?step=killing").count("/events/")
            == count
        )
    client.force_login(made.company("ole", product=made.SALT, code="salt-works")[0])
    page(client, f"events/{event.pk}/", 404)
    page(client, path, 404)


def test_a_large_workbook_is_kept_by_the_worker(desk, monkeypatch):
    from xilin.apps.trace.desk.producer.sheets import keeping

    monkeypatch.setattr(keeping, "AT_ONCE", 2)
    client, person, _party, _meat, _salt = desk
    sent = client.post(DESK + "sheets/", {"file": SimpleUploadedFile("x.xlsx", made.workbook(made.season()))})
    path = sent.url.removeprefix(DESK)
    assert client.post(f"{DESK}{path}keep/").status_code == 302
    assert "由后台入库" in page(client, path)
    assert client.post(f"{DESK}{path}keep/").status_code == 409
    assert client.post(f"{DESK}{path}give-up/").status_code == 302, "too late"
    assert not Event.objects.exists()

    number = int(path.split("/")[1])
    assert keeping.requeue() == 1
    keeping.carry_out(number, book=book(timezone.now()), at=timezone.now())
    assert Event.objects.count() == 3
    assert entries(kind="trace.sheet_kept").get().by == person.username
    keeping.carry_out(number, book=book(timezone.now()), at=timezone.now())
    assert Event.objects.count() == 3


def test_what_is_no_workbook_is_told_in_the_form(desk):
    answer = desk[0].post(DESK + "sheets/", {"file": SimpleUploadedFile("x.xlsx", b"no workbook")})

    assert answer.status_code == 422
    assert "不是 XLSX 工作簿" in answer.content.decode()


def test_events_come_page_by_page_none_twice(desk):
    _client, _person, party, _meat, _salt = desk
    from xilin.apps.trace.desk.producer.sheets import keeping

    rows = [[f"2026-11-22 9:{minute:02}", made.PLANT, made.SHOP, "D", made.BOX] for minute in range(11)]
    content = made.workbook({"发货": (made.SHIP, rows)})
    keeping.take(content, made.producer(party), book(made.AT), at=made.AT)

    met, after = [], ""
    while True:
        found = events.found(made.producer(party), events.Filter(after=after), size=4)
        met += [row.id for row in found.rows]
        after = found.after
        if not after:
            break
    assert len(met) == len(set(met)) == 11


def test_looks_are_counted_by_place_and_diversion_by_region(desk):
    client, _person, party, meat, _salt = desk
    now = timezone.now()
    allot(
        [(meat.first_id, meat.first_id + 9)],
        gtin=made.MEAT,
        region="east",
        at=now - timedelta(days=2),
        by="t",
    )
    codes_ = list(Code.objects.filter(batch=meat).order_by("pk"))
    for number, (code, place) in enumerate(
        zip(codes_[:6], ("31", "31", "44", "44", "44", "152502"), strict=True)
    ):
        seen_at(code, place, now - timedelta(hours=20 - number), client=number + 1)

    chosen = looks.period(30, 0, at=now)
    places = looks.by_place(made.producer(party), book(now), chosen)
    assert {one.code: one.looks for one in places} == {"44": 3, "31": 2, "152502": 1}
    columns, routes = looks.diversion(made.producer(party), book(now), chosen)
    (route,) = routes
    assert (route.region, route.codes, route.away) == ("east", 6, 4)
    assert {code: n for code, n, _codes, _away in route.cells if n} == {"east": 2, "south": 3, "league": 1}
    assert set(columns) == {"east", "south", "league"}
    weeks = looks.weeks(made.producer(party), chosen, "", at=now)
    assert sum(one.looks for one in weeks) == 6
    part = client.get(DESK + "looks/?days=30&week=1", headers={"HX-Request": "true", "HX-Target": "looks"})
    assert part.content.decode().lstrip().startswith('<div id="looks"')
    assert (
        looks.by_place(
            made.producer(made.company("ole", product=made.SALT, code="salt")[1]), book(now), chosen
        )
        == []
    )


def test_a_suspicion_is_explained_and_becomes_a_case_but_stays_open(desk):
    client, person, _party, meat, salt = desk
    now = timezone.now()
    for batch in (meat, salt):
        seen_at(batch.codes.order_by("pk").first(), "11", now - timedelta(hours=1), client=5)
    alert, other = Alert.objects.get(gtin=made.MEAT), Alert.objects.get(gtin=made.SALT)
    path = f"looks/alerts/{alert.pk}/"

    said = page(client, path)
    assert "出厂前出现" in said
    assert "北京市" in said
    assert client.post(f"{DESK}{path}explain/", {"text": "  "}).status_code == 422
    assert client.post(f"{DESK}{path}explain/", {"text": "样品"}).status_code == 302
    assert client.post(f"{DESK}{path}case/").status_code == 302
    assert client.post(f"{DESK}{path}case/").status_code == 409

    alert.refresh_from_db()
    case = Case.objects.get(number=alert.case)
    assert (case.department.code, case.due_at is not None) == ("nmj", True)
    assert alert.closed_at is None
    assert "样品" in page(client, path)
    assert [entry.kind for entry in entries().filter(by=person.username).order_by("seq")][-2:] == [
        "trace.alert_explained", "trace.alert_taken"
    ]  # fmt: skip
    page(client, f"looks/alerts/{other.pk}/", 404)
    assert client.post(f"{DESK}looks/alerts/{other.pk}/case/").status_code == 404


def test_what_became_of_suspicions_and_reports_is_shown_without_what_consumers_wrote(desk):
    from xilin.apps.trace.models import Suspicion

    client, _person, _party, meat, _salt = desk
    now = timezone.now()
    seen_at(meat.codes.order_by("pk").first(), "11", now - timedelta(hours=1), client=5)
    Alert.objects.filter(gtin=made.MEAT).update(closed_at=now, closed_by="nora", outcome="样品已核实")
    for gtin in (made.MEAT, made.SALT):
        Suspicion.objects.create(
            gtin=gtin,
            serial=f"S{gtin[-3:]}",
            why="opened",
            text="我叫某某",
            client=1,
            at=now - timedelta(days=1),
        )

    said = page(client, "looks/")
    assert "样品已核实" in said
    assert "买到时已开封" in said
    assert "S010" in said
    assert "S017" not in said
    assert "某某" not in said


def test_codes_of_a_product_that_was_sent_in_a_sheet_are_checked_by_buyers(desk):
    from xilin.apps.trace.desk.producer.sheets import keeping

    client, person, party, _meat, _salt = desk
    keeping.take(
        made.workbook({"产品": made.season()["产品"]}), made.producer(party), book(made.AT), at=made.AT
    )
    form = {"request": str(uuid4()), "gtin": made.NEW, "lot": "S1", "count": 3}
    client.post(DESK + "batches/order/", form)
    batch = CodeBatch.objects.get(gtin=made.NEW)
    work(batch)
    actions.ask(made.producer(party), batch, "activate", 1, 3, at=timezone.now(), by=person)
    work(batch)
    client.logout()

    said = client.get(f"/01/{made.NEW}/10/S1/21/{batch.codes.first().serial}").content.decode()
    assert "手把肉" in said
    assert "500 克" in said
    assert "正规发码" in said


def test_the_command_enters_party_account_and_seat(db):
    from typer.testing import CliRunner

    from xilin.apps.trace.cli import app

    uscc = "91992500PDY090077Q"
    told = CliRunner().invoke(
        app,
        [
            "seat",
            "tuya",
            "--party",
            "herders_7",
            "--name",
            "七号合作社",
            "--identifier",
            uscc,
            "--new",
            "图雅",
            "--acts",
        ],
    )
    assert told.exit_code == 0, told.output
    password = told.output.splitlines()[0].rsplit(" ", 1)[-1].rsplit("：", 1)[-1]
    user = User.objects.get(username="tuya")
    assert (user.role, user.check_password(password)) == ("producer", True)
    party = Party.objects.get(code="herders_7")
    assert (party.name, party.ids) == ("七号合作社", [uscc])
    assert seats.seats().get().acts
    assert CliRunner().invoke(app, ["seat", "tuya", "--party", "herders_7", "--new", "图雅"]).exit_code == 1
    assert CliRunner().invoke(app, ["seat", "tuya", "--end"]).exit_code == 0
    assert not seats.seats().exists()


def test_a_party_without_goods_is_told_how_to_begin(desk):
    client = desk[0]
    party = Party.objects.create(code="91992500PDY090088K", name="新厂")
    user = User.objects.create_user("nils", role="producer")
    seats.give("nils", party.code, acts=True, at=timezone.now())
    client.force_login(user)

    assert "还没有登记您的产品" in page(client, "")
    for path in ("batches/", "events/", "looks/", "sheets/", "batches/order/"):
        page(client, path)


def test_every_page_of_the_desk_has_a_picture(desk):
    from django.urls import resolve

    from xilin.apps.portal.pictures import found
    from xilin.apps.trace.desk.producer import urls
    from xilin.apps.trace.desk.producer.sheets import keeping

    _client, person, party, meat, _salt = desk
    content = made.workbook(made.season())
    keeping.send(made.producer(party), "x.xlsx", content, book=book(made.AT), at=made.AT, by=person)
    keeping.take(content, made.producer(party), book(made.AT), at=made.AT)
    seen_at(meat.codes.order_by("pk").first(), "11", timezone.now() - timedelta(hours=1), client=5)

    shown = [resolve(one.path.split("?")[0]) for one in found(person.username) if one.name != "not-found"]
    names = {one.url_name for one in shown if one.namespace == "goods:producer"}
    acts = {"act", "order_file", "fetch", "forget", "explain", "take", "sheet_keep", "sheet_give_up"}
    downloads = {"sheet_template", "sheet_rows"}
    assert {one.name for one in urls.urlpatterns} - acts - downloads == names
