"""A workbook becomes products, batches and events: looked at first, kept once, what is wrong given back."""

from datetime import datetime, timedelta

import pytest

import producer_sheets as made
import trace_league
from xilin.apps.trace.desk.producer.errors import NotNow, NotToConfirm, NoWorkbook
from xilin.apps.trace.desk.producer.sheets import keeping, lines, workbook
from xilin.apps.trace.models import CaptureJob, Event, EventThing, MasterData, OwnProduct, Party, SheetImport
from xilin.apps.trace.verdicts.queries import book
from xilin.kernel.audit.queries import entries

AT = made.AT


@pytest.fixture
def meat(tmp_path, db):
    """A company that makes meat, and its producer as the desk knows it."""
    trace_league.apply(tmp_path)
    person, party = made.company()
    return person, party


def look(party, sheets, **more):
    return keeping.look(made.workbook(sheets, **more), made.producer(party), book(AT), at=AT)


def faults(outcome):
    return {
        (row["sheet"], fault["cell"]): fault["what"]["en"] for row in outcome.bad for fault in row["faults"]
    }


def test_a_look_tells_all_and_keeps_nothing(meat):
    outcome = look(meat[1], made.season())

    assert outcome.bad == []
    assert outcome.good == 6
    assert {code: one["good"] for code, one in outcome.counts.items()} == {
        "products": 1, "places": 2, "lots": 1, "aggregate": 1, "ship": 1
    }  # fmt: skip
    assert not Event.objects.exists()
    assert not OwnProduct.objects.exists()
    assert not CaptureJob.objects.exists()


def test_what_is_kept_is_products_places_and_events_in_their_order(meat):
    person, party = meat
    sheet = keeping.send(
        made.producer(party), "十一月.xlsx", made.workbook(made.season()), book=book(AT), at=AT, by=person
    )
    keeping.confirm(made.producer(party), sheet, book=book(AT), at=AT, by=person)

    events = list(Event.objects.filter(party=party.pk).order_by("event_time"))
    assert [event.biz_step for event in events] == ["commissioning", "packing", "shipping"]
    assert events[0].body["ilmd"]["cbvmda:lotNumber"] == "S1"
    assert events[0].body["quantityList"] == [
        {"epcClass": f"https://id.gs1.org/01/{made.NEW}/10/S1", "quantity": 1200}
    ]
    assert events[2].body["destinationList"][0]["destination"] == f"https://id.gs1.org/417/{made.SHOP}"
    product = OwnProduct.objects.get()
    assert (product.gtin, product.name, product.party) == (made.NEW, "手把肉", party)
    assert book(AT).products[made.NEW].department == "nmj"
    assert made.NEW in made.producer(party).gtins
    assert MasterData.objects.filter(party=party, kind=keeping.LOCATION).count() == 2
    sheet.refresh_from_db()
    assert (sheet.state, sheet.content) == ("kept", None)
    assert [entry.kind for entry in entries().filter(kind__startswith="trace.sheet").order_by("seq")] == [
        "trace.sheet_sent", "trace.sheet_kept"
    ]  # fmt: skip


def test_the_same_workbook_twice_changes_nothing(meat):
    party = meat[1]
    content = made.workbook(made.season())
    keeping.take(content, made.producer(party), book(AT), at=AT)
    before = (Event.objects.count(), EventThing.objects.count(), OwnProduct.objects.get().changed_at)

    again = keeping.take(content, made.producer(party), book(AT), at=AT + timedelta(days=2))

    assert (again.good, again.known, again.events, again.duplicates) == (0, 6, 0, 3)
    assert (Event.objects.count(), EventThing.objects.count(), OwnProduct.objects.get().changed_at) == before


def test_every_fault_is_told_with_its_cell_and_good_rows_are_kept(meat):
    party = meat[1]
    rows = [
        [made.MEAT, "L1", "2026-11-20", 5, "件", PLANT_NAME, None, None],
        ["9520001000011", "L 2", "2027-01-01", "很多", "箱", "哪里", "2020-01-01", None],
        [made.SALT, "L3", "2026-11-20", 5, "件", PLANT_NAME, None, None],
        [made.MEAT, None, None, 1, "件", PLANT_NAME, None, None],
        [made.MEAT, "L5", "2026-11-20", 2.5, "件", PLANT_NAME, "2026-11-01", None],
    ]
    outcome = look(
        party, {"地点和单位": (made.PLACES, [[PLANT_NAME, made.PLANT]]), "生产批次": (made.LOTS, rows)}
    )

    assert outcome.counts["lots"] == {"good": 1, "known": 0, "bad": 4}
    told = faults(outcome)
    assert {cell for _, cell in told} == {"A3", "C3", "D3", "E3", "F3", "A4", "B5", "C5", "D6", "G6"}
    assert "last digit" in told["生产批次", "A3"]
    assert "no product of yours" in told["生产批次", "A4"]
    assert outcome.events == 1


PLANT_NAME = "一号车间"


def test_one_wrong_row_holds_its_whole_event_back(meat):
    rows = [
        ["2026-11-21", made.PLANT, made.BOX, made.MEAT, "L1", 10],
        ["2026-11-21", made.PLANT, made.BOX, made.MEAT, "L2", None],
        ["2026-11-21", made.PLANT, made.BOX, made.MEAT, "L3", 10],
        ["2026-11-22", made.PLANT, made.BOX, made.MEAT, "L1", 10],
    ]
    outcome = look(meat[1], {"装箱": (made.PACK, rows)})

    assert outcome.counts["aggregate"] == {"good": 1, "known": 0, "bad": 3}
    assert faults(outcome)["装箱", "A2"] == "Row 3 of the same event is wrong."
    assert "quantity" in faults(outcome)["装箱", "F3"]


def test_a_thing_named_twice_in_one_event_is_told(meat):
    rows = [["2026-11-22 9:00", made.PLANT, made.SHOP, "D1", made.BOX]] * 2

    outcome = look(meat[1], {"发货": (made.SHIP, rows)})

    assert faults(outcome)["发货", "E3"] == "It stands in row 2 already."


def test_a_process_needs_both_sides_and_makes_only_ones_own(meat):
    head = ["加工单号", "时间", "地点", "投入或产出", "商品条码", "批号", "数量", "单位"]
    rows = [
        ["P1", "2026-11-20", made.PLANT, "投入", made.SALT, "S", 2.5, "千克"],
        ["P1", "2026-11-20", made.PLANT, "产出", made.MEAT, "L1", 100, None],
        ["P2", "2026-11-20", made.PLANT, "投入", made.MEAT, "L1", 100, None],
        ["P3", "2026-11-20", made.PLANT, "投入", made.MEAT, "L1", 1, None],
        ["P3", "2026-11-20", made.PLANT, "产出", made.SALT, "S", 1, "千克"],
    ]
    outcome = look(meat[1], {"加工": (head, rows)})

    assert outcome.counts["transform"] == {"good": 2, "known": 0, "bad": 3}
    assert faults(outcome)["加工", "D4"] == "A process has inputs and outputs."
    assert faults(outcome)["加工", "E6"] == "This is no product of yours."


def test_numbers_of_others_can_not_be_entered(meat):
    party = meat[1]
    _, other = made.company("ole", product=made.SALT, code="salt-works")
    keeping.take(
        made.workbook({"产品": (made.PRODUCTS, [["9520004000079", "湖盐", "1 千克", "食盐", 900, None]])}),
        made.producer(other), book(AT), at=AT,
    )  # fmt: skip
    rows = [
        [made.SALT, "盐", "500 克", "食盐", 900, None],
        ["9520004000079", "盐", "500 克", "食盐", 900, None],
        [made.MEAT, "改名", "500 克", "羊肉", 90, None],
    ]
    outcome = look(party, {"产品": (made.PRODUCTS, rows)})

    assert outcome.counts["products"] == {"good": 0, "known": 1, "bad": 2}
    assert set(faults(outcome).values()) == {"This number stands under another company."}
    assert book(AT).products[made.MEAT].name.zh != "改名"


def test_a_place_that_others_named_keeps_its_name(meat):
    _, other = made.company("ole", product=made.SALT, code="salt-works")
    keeping.take(
        made.workbook({"地点和单位": (made.PLACES, [["盐厂", made.SHOP]])}),
        made.producer(other),
        book(AT),
        at=AT,
    )
    keeping.take(made.workbook(made.season()), made.producer(meat[1]), book(AT), at=AT)

    (row,) = MasterData.objects.filter(uri=f"https://id.gs1.org/414/{made.SHOP}")
    assert row.party == other


def test_rows_given_back_are_read_again_once_mended(meat):
    party = meat[1]
    rows = [
        ["2026-11-22 9:00", made.PLANT, made.SHOP, "=1+1", made.BOX],
        ["2026-11-22 9:00", made.PLANT, made.SHOP, "=1+1", "095200000000000015"],
    ]
    outcome = look(party, {"发货": (made.SHIP, rows)})
    back = keeping.returned(outcome.bad, "zh")
    (grid,) = workbook.read(back)

    assert [cell.formula for cell in grid.cells.values() if cell.formula] == []
    assert "最后一位不对" in str([cell.value for cell in grid.cells.values()])
    again = keeping.look(back, made.producer(party), book(AT), at=AT)
    assert again.counts["ship"]["bad"] == 2
    mended = [dict(line.shown()) for line in lines.read([grid]).lines]
    assert mended[0]["code"] == made.BOX


def test_merged_cells_dates_as_text_and_full_width_digits_are_understood(meat):
    rows = [
        [None, "９５２０００００００００４", "09520000000000001 1", "单"],
        [None, 9520000000004, "315250200000001", "单"],
    ]
    outcome = look(
        meat[1],
        {"收货": (["时间", "收货地点", "物品编码", "单号"], rows)},
        merged=[("收货", "A2:A3", "２０２６年１１月２０日 ８:３０")],
    )

    assert faults(outcome) == {}
    assert [row["zh"] for row in outcome.shown] == ["2026-11-20 08:30 · 9520000000004 · 2 件"]


def test_formulas_are_taken_at_the_value_they_were_saved_with(meat):
    outcome = look(
        meat[1],
        {"产品": (made.PRODUCTS, [[made.NEW, "肉", "1 千克", "羊肉", None, None]])},
        formulas=[("产品", "E2", '=HYPERLINK("http://192.0.2.1/","x")', 90)],
    )

    assert (outcome.formulas, outcome.good) == (1, 1)


@pytest.mark.parametrize("sheets", [{"别的": (["甲"], [["乙"]])}, {"别的": ([], [])}])
def test_a_workbook_without_a_known_sheet_is_refused(meat, sheets):
    with pytest.raises(NoWorkbook):
        look(meat[1], sheets)


def test_a_sheet_without_a_needed_column_says_which(meat):
    outcome = look(
        meat[1], {"发货": (["时间", "发货地点", "物品编码"], [["2026-11-22", made.PLANT, made.BOX]])}
    )

    assert faults(outcome) == {("发货", "A1"): 'The column "Receiver" is missing.'}


def test_what_was_kept_or_given_up_is_not_kept_again(meat):
    person, party = meat
    who = made.producer(party)
    first, second = (
        keeping.send(who, "x.xlsx", made.workbook(made.season()), book=book(AT), at=AT, by=person)
        for _ in range(2)
    )
    keeping.give_up(who, first, at=AT, by=person)
    with pytest.raises(NotToConfirm):
        keeping.confirm(who, first, book=book(AT), at=AT, by=person)
    keeping.confirm(who, second, book=book(AT), at=AT, by=person)
    with pytest.raises(NotToConfirm):
        keeping.confirm(who, second, book=book(AT), at=AT, by=person)
    assert SheetImport.objects.filter(content__isnull=False).count() == 0


def test_rows_that_would_be_refused_only_now_are_shown_first(meat):
    person, party = meat
    who = made.producer(party)
    sheet = keeping.send(
        who, "x.xlsx", made.workbook({"产品": made.season()["产品"]}), book=book(AT), at=AT, by=person
    )
    other = Party.objects.create(code="91992500PDY090099X")
    OwnProduct.objects.create(
        gtin=made.NEW, party=other, producer=other.code, name="先", net="1", category="mutton", shelf_days=1,
        entered_at=AT, changed_at=AT,
    )  # fmt: skip

    with pytest.raises(NotNow):
        keeping.confirm(who, sheet, book=book(AT), at=AT, by=person)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.faulty, sheet.good) == ("checked", 1, 0)


def test_the_command_takes_a_workbook_in_and_says_what_is_wrong(meat, tmp_path):
    from typer.testing import CliRunner

    from xilin.apps.trace.cli import app

    now = datetime.now().year
    file = tmp_path / "sheet.xlsx"
    file.write_bytes(made.workbook({"地点和单位": (made.PLACES, [["车间", made.PLANT], ["坏", f"{now}"]])}))

    told = CliRunner().invoke(
        app, ["import", str(file), "--party", "plant-7", "--rows", str(tmp_path / "bad.xlsx")]
    )

    assert told.exit_code == 1
    assert MasterData.objects.filter(kind=keeping.LOCATION).count() == 1
    assert (tmp_path / "bad.xlsx").exists()
    assert CliRunner().invoke(app, ["import", str(file), "--party", "nobody"]).exit_code == 1
