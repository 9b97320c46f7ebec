"""The page a code leads to: verdict, product, way, honest words, a report; in Chinese, English and Mongolian."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import trace_league
from reading_goods import chain_of, place_data, thermometer_of
from xilin.apps.trace.codes import issuing
from xilin.apps.trace.codes.actions import act, activate, allot, notice
from xilin.apps.trace.codes.serials import random_serials
from xilin.apps.trace.consumer.chain import masked
from xilin.apps.trace.consumer.mongolian import LABELS, SAID, STAGES, WORDS
from xilin.apps.trace.consumer.showing import _side
from xilin.apps.trace.models import Alert, Code, Look, Suspicion
from xilin.kernel.audit import queries as audit
from xilin.kernel.standards import queries as standards
from xilin.web.charts.ground import Spot

MEAT, SIGNED, GIFT = "09520001000010", "09520001000027", "09520002000026"


@pytest.fixture
def league(tmp_path, db):
    trace_league.apply(tmp_path)


def issued(gtin=MEAT, kind="link", *, active=True, lot="L1"):
    at = timezone.now() - timedelta(days=20)
    batch = issuing.order(
        gtin,
        2,
        request=uuid4(),
        kind=kind,
        site="https://id.example.org",
        at=at,
        lot=lot,
        produced_on=at.date(),
    )
    issuing.issue(batch, at=at)
    if active:
        activate(batch, at=at, by="test")
    allot([(batch.first_id, batch.last_id)], gtin=gtin, lot=lot, region="league", at=at, by="test")
    return batch, Code.objects.filter(batch=batch).order_by("pk").first()


def page(client, code, **more):
    return client.get(
        f"/01/{code.gtin}/10/{code.batch.lot}/21/{code.serial}", REMOTE_ADDR="192.0.2.7", **more
    )


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_buyer_reads_at_a_glance_that_nothing_is_wrong(league, client):
    _, code = issued()

    answer = page(client, code)

    assert answer.status_code == 200
    assert "正规发码，未发现异常" in text(answer)
    assert "您是第一个查验这个码的人" in text(answer)
    assert "锡林郭勒羔羊肉卷" in text(answer)
    assert "可以被复制" in text(answer)
    (look,) = Look.objects.all()
    assert (look.place, look.precise, look.level) == ("152502", True, "genuine")


def test_who_trusts_nobody_is_led_to_the_proof_of_the_code(league, client):
    _, code = issued()

    (link,) = re.findall(r'href="([^"]+/proof/)"', page(client, code).content.decode())
    assert code.serial in client.get(link).content.decode()
    assert "/proof/" not in client.get(f"/01/{MEAT}/21/UNKNOWN").content.decode()


def test_the_second_buyer_reads_when_and_where_the_first_looked(league, client, django_user_model):
    _, code = issued()
    page(client, code)
    client.cookies.clear()

    answer = page(client, code)

    assert "首次查验" in text(answer)
    assert "锡林浩特市" in text(answer)
    assert "已查验 2 次" in text(answer)


def test_the_same_telephone_is_told_that_it_was_itself(league, client):
    _, code = issued()
    page(client, code)

    assert "就是这部手机" in text(page(client, code))


def test_an_invented_number_is_called_a_fake_and_a_mistyped_one_is_not(league, client):
    invented = client.get(f"/01/{MEAT}/21/{random_serials(1)[0]}")
    mistyped = client.get(f"/01/{MEAT}/21/AAAABBBBCCCCDDDD")

    assert "很可能是假的" in text(invented)
    assert "输入有误" in text(mistyped)
    assert "很可能是假的" not in text(mistyped)
    assert [one.rule for one in Alert.objects.all()] == ["unknown_serial"]


def test_a_recalled_batch_is_warned_of(league, client):
    _, code = issued()
    notice(
        "recalled", gtin=MEAT, lot="L1", since=timezone.now(), by="test", number="C-1",
        detail={"reason": "兽药残留"},
    )  # fmt: skip

    answer = page(client, code)

    assert "正在召回，请勿食用" in text(answer)
    assert '<section class="verdict bad"' in answer.content.decode()
    verdict = text(answer).partition("举报")[0]
    for said in ("停止食用", "C-1", "兽药残留"):
        assert said in verdict, said


def test_a_number_nobody_issued_is_no_recall_whatever_its_batch(league, client):
    notice("recalled", gtin=MEAT, lot="L1", since=timezone.now(), by="test", number="C-1")
    answer = client.get(f"/01/{MEAT}/10/L1/21/{random_serials(1)[0]}")
    assert "正在召回，请勿食用" not in text(answer)
    assert "很可能是假的" in text(answer)


def test_numbers_on_the_map_cover_no_other_spot_and_stay_on_it():
    def sides(*xs):
        spots = [Spot("", x, 100.0) for x in xs]
        return [_side(each, "2·3", spots, 1000.0) for each in spots]

    assert sides(500.0, 560.0) == ["before", "after"]
    assert sides(5.0, 990.0) == ["after", "before"]
    assert sides(480.0, 500.0, 520.0) == ["before", "above", "after"]
    assert sides(40.0, 60.0) == ["above", "after"]


def test_who_tries_numbers_waits(league, client):
    _, code = issued()
    for n in range(8):
        answer = client.get(f"/01/{MEAT}/21/ZZZZBBBBCCCC{n:04d}")

    assert answer.status_code == 429
    assert answer["Retry-After"] == "3600"
    known = page(client, code)
    assert known.status_code == 429
    assert code.serial not in text(known)


def test_a_signature_that_does_not_fit_is_a_fake_and_a_good_one_promises_no_more_than_it_proves(
    league, client
):
    from xilin.apps.trace.codes.printing import labels

    batch, code = issued(SIGNED, "signed", lot="S1")
    link = next(iter(labels(batch, at=timezone.now()))).link.removeprefix("https://id.example.org")

    good, bad, bare = client.get(link), client.get(link[:-4] + "AAAA"), page(client, code)

    assert "正规发码，未发现异常" in text(good)
    assert "不能证明码没有被复制" in text(good)
    assert "很可能是假的" in text(bad)
    assert "光有网址不够" in text(bare)


def test_a_scratch_code_counts_once_and_a_wrong_one_is_said_to_be(league, client):
    batch, code = issued(GIFT, "scratch", lot="G1")
    right = issuing.scratch_code(issuing.seed_of(batch), 0)
    path = f"/01/{GIFT}/10/G1/21/{code.serial}"

    wrong = client.post(path, {"scratch": "ABCDEFGH"})
    assert wrong.status_code == 422
    assert "不是涂层下的码" in text(wrong)
    assert client.post(path, {"scratch": right}, REMOTE_ADDR="192.0.2.7").status_code == 200
    code.refresh_from_db()
    assert code.state == Code.State.OPENED
    client.cookies.clear()
    again = client.post(path, {"scratch": right}, REMOTE_ADDR="198.51.100.7")
    assert "以前已经开封过" in text(again)


def test_scratch_codes_cannot_be_tried_one_after_the_other(league, client):
    _, code = issued(GIFT, "scratch", lot="G1")
    for n in range(8):
        answer = client.post(f"/01/{GIFT}/10/G1/21/{code.serial}", {"scratch": f"AAAA{n:04d}"})

    assert answer.status_code == 429


def test_a_report_opens_a_case_and_says_nothing_of_who_reports(league, client):
    _, code = issued()
    page(client, code)

    answer = client.post(
        f"/check/{MEAT}/{code.serial}/report/", {"why": "taste", "text": "味道不对"}, REMOTE_ADDR="192.0.2.7"
    )

    (made,) = Suspicion.objects.all()
    assert made.case
    assert made.case in text(answer)
    assert (made.why, made.place) == ("taste", "152502")
    (entry,) = audit.entries(kind="trace.suspicion_reported")
    assert "192.0.2" not in entry.text
    assert entry.department == "nmj"


def test_nobody_floods_the_authority_with_reports(league, client):
    _, code = issued()
    path = f"/check/{MEAT}/{code.serial}/report/"
    answers = [client.post(path, {"why": "other"}, REMOTE_ADDR="192.0.2.7").status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]
    assert client.post(path, {"why": "nonsense"}).status_code == 422


def test_the_way_is_told_from_the_herder_to_the_shop(league, client):
    _, code = issued()
    chain_of(code)
    place_data()

    answer = page(client, code)

    said = text(answer)
    order = [said.index(word) for word in ("牧户 0001", "屠宰", "生鲜门店 1")]
    assert order == sorted(order)
    assert "QZ-2026-0815" in said
    assert "-18.5" in said
    assert answer.content.count(b'class="dot"') >= 1
    assert 'id="stop-1"' in answer.content.decode()


def test_names_of_herders_are_masked():
    assert masked("乌云其木格") == "乌**"
    assert masked("") == ""


def columns(answer):
    """The Mongolian page of an answer, after what every such page must keep to."""
    said = answer.content.decode()
    assert '<html lang="mn-Mong" class="vertical">' in said
    assert said.count("<h1") == 1
    assert "尚未经母语读者核对" in said
    assert "{%" not in said
    # Nothing but Mongolian, digits and marks stands outside what says which language it is.
    outside = re.sub(
        r'<title>.*?</title>|<(\w+)[^>]*(?:lang="zh-Hans"|class="latin")[^>]*>.*?</\1>',
        "",
        said,
        flags=re.DOTALL,
    )
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"<[^>]*>", "", outside)), outside
    return said


def test_the_mongolian_page_says_the_verdict_in_one_glance_and_all_that_the_other_says(league, client):
    _, code = issued()
    chain_of(code)
    place_data()
    page(client, code)

    said = columns(page(client, code, QUERY_STRING="lang=mn", HTTP_ACCEPT_LANGUAGE="en"))

    assert SAID["genuine"].mn in said
    assert "正规发码，未发现异常" in said
    assert "*</i>" in said
    for word in (
        "product",
        "producer",
        "serial",
        "lot",
        "produced",
        "looks",
        "origin",
        "certificate",
        "report",
    ):
        assert LABELS[word].mn in said, word
    for stage in ("ranch", "slaughter", "plant", "shop"):
        assert STAGES[stage].mn in said, stage
    assert 'class="map ground way"' in said
    assert 'name="why"' in said
    assert "ᠬᠣᠲᠠ" in said


@pytest.mark.parametrize("level", ["genuine", "caution", "recalled", "fake", "unknown", "blocked"])
def test_each_verdict_has_its_mongolian_page(league, client, level):
    from xilin.apps.trace.codes.serials import random_serials

    _, code = issued()
    if level == "caution":
        notice("quota", gtin=MEAT, lot="L1", since=timezone.now(), by="test", number="C-1")
    if level == "recalled":
        notice("recalled", gtin=MEAT, lot="L1", since=timezone.now(), by="test", number="C-1")
    if level == "blocked":
        for n in range(8):
            client.get(f"/01/{MEAT}/21/ZZZZBBBBCCCC{n:04d}")
    serial = {"fake": random_serials(1)[0], "unknown": "AAAABBBBCCCCDDDD"}.get(level, code.serial)

    answer = client.get(f"/01/{MEAT}/21/{serial}?lang=mn")

    said = columns(answer)
    assert SAID[level].mn in said
    assert SAID[level].meant in said
    assert answer.status_code == (429 if level == "blocked" else 200)


def test_a_scratch_code_is_sent_from_the_mongolian_page(league, client):
    batch, code = issued(GIFT, "scratch", lot="G1")
    path = f"/01/{GIFT}/10/G1/21/{code.serial}?lang=mn"
    assert LABELS["scratch"].mn in columns(client.get(path))

    wrong = client.post(path, {"scratch": "ABCDEFGH"})
    right = client.post(path, {"scratch": issuing.scratch_code(issuing.seed_of(batch), 0)})

    assert "不是涂层下的码" in columns(wrong)
    assert right.status_code == 200
    code.refresh_from_db()
    assert code.state == Code.State.OPENED


def test_reports_and_refusals_stay_in_mongolian(league, client):
    _, code = issued()
    path = f"/check/{MEAT}/{code.serial}/report/?lang=mn"

    missing, made = client.post(path, {}), client.post(path, {"why": "taste"})
    nothing, product, found = (
        client.get(f"{address}?lang=mn") for address in ("/01/nothing/21/X", f"/01/{MEAT}", "/check/")
    )
    for _ in range(5):
        enough = client.post(path, {"why": "taste"})
    typed = client.get("/check/", {"gtin": MEAT, "serial": code.serial, "lang": "mn"})

    assert missing.status_code == 422
    assert 'class="wrong"' in columns(missing)
    assert Suspicion.objects.order_by("pk").first().case in columns(made)
    assert nothing.status_code in (400, 404)
    assert enough.status_code == 429
    assert "没有商品" in columns(nothing)
    assert "您今天已举报多次" in columns(enough)
    assert "锡林郭勒羔羊肉卷" in columns(product)
    assert LABELS["serial"].mn in columns(found)
    assert typed["Location"].endswith(f"{code.serial}?lang=mn")


def test_a_signature_stays_in_the_address_when_the_language_changes(league, client):
    _, code = issued(SIGNED, "signed", lot="S1")

    said = client.get(f"/01/{SIGNED}/10/S1/21/{code.serial}?s=AAAA&lang=mn").content.decode()

    assert f'href="/01/{SIGNED}/10/S1/21/{code.serial}?s=AAAA"' in said


def test_each_mongolian_word_is_attested_as_it_says(testdata):
    rows = (testdata / "mn/glossary.tsv").read_text(encoding="utf-8").splitlines()[1:]
    attested = {(cells[0], cells[4], cells[5][0]) for cells in (row.split("\t") for row in rows)}

    assert {(word.zh, word.mn, word.status) for word in WORDS.values()} - attested == set()


def test_what_is_put_together_is_attested_in_its_parts_and_marked():
    known = {word.mn for word in WORDS.values()}
    for word in (*SAID.values(), *LABELS.values(), *STAGES.values()):
        assert word.meant, word
        if word.status == "P":
            assert not word.sure
            assert any(word.mn == f"{one} {other}" for one in known for other in known), word
        else:
            assert word.mn in known, word


def test_programs_read_json_and_a_set_of_links(league, client):
    _, code = issued()

    verdict = json.loads(page(client, code, HTTP_ACCEPT="application/json").content)
    links = client.get(f"/01/{MEAT}/21/{code.serial}?linkType=all")

    assert (verdict["level"], verdict["is_first"], verdict["count"]) == ("genuine", True, 1)
    assert links["Content-Type"] == "application/linkset+json"
    assert "verificationService" in links.content.decode()
    assert Look.objects.count() == 1


def test_who_only_fetches_the_head_or_prefetches_has_not_looked(league, client):
    _, code = issued()
    client.head(f"/01/{MEAT}/21/{code.serial}")
    page(client, code, HTTP_SEC_PURPOSE="prefetch")

    assert not Look.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/01/nothing/21/X",
        "/01/09520001000010/21/%E9%94%A1",
        "/01/09999999999990",
        "/01/12345678901234567/21/A",
    ],
)
def test_what_is_written_like_no_address_of_goods_is_told(league, client, path):
    answer = client.get(path)
    assert answer.status_code == 400
    assert "这个网址没有商品" in text(answer)


def test_the_rules_are_told_with_limits_and_reasons(league, client):
    answer = client.get("/check/rules/")

    assert "900" in text(answer)
    assert "窜货" in text(answer)


def test_a_number_can_be_typed(league, client):
    _, code = issued()
    typed = f"{code.serial[:4]} {code.serial[4:8]}-{code.serial[8:]}".lower()

    answer = client.get("/check/", {"gtin": MEAT, "serial": typed})

    assert answer.status_code == 302
    assert answer["Location"] == f"/01/{MEAT}/21/{code.serial}"
    assert client.get("/check/").status_code == 200


def test_a_void_code_is_a_fake_on_every_page(league, client):
    _, code = issued()
    act([code.pk], "void", at=timezone.now(), by="test")

    assert "很可能是假的" in text(page(client, code))


def test_a_thermometer_that_travels_along_tells_of_the_goods(league, client):
    _, code = issued()
    chain_of(code)
    place_data()
    thermometer_of(code, -17.2, -9.4, -16.8, wrong=-2.0, later=8.0)

    said = text(page(client, code))

    assert "超温： -9.4 °C" in said.replace("超温：-", "超温： -")
    assert "冷链曾经中断" in said
    assert "-17.2 … -9.4 °C" in said
    assert "8.0" not in said, "what it measured after it was taken off is not of these goods"
    assert "-2.0" not in said, "what was declared in error is not told"


def test_a_cold_chain_that_held_says_where_it_was_measured(league, client):
    _, code = issued()
    chain_of(code)
    place_data()
    thermometer_of(code, -17.2, -16.8)

    said = text(page(client, code))

    assert "有测量之处冷链未中断：3 次读数" in said
    assert "超温" not in said


@pytest.fixture
def kept(league, settings):
    """Declarations are kept within the process, as they are where the platform runs."""
    settings.KEPT_SECONDS = 20
    standards.forget()
    yield
    standards.forget()


def asked(client, code):
    """The questions of one look, when what is kept has been read; without the marks within a transaction."""
    page(client, code)
    with CaptureQueriesContext(connection) as found:
        page(client, code)
    return [one["sql"] for one in found.captured_queries if "SAVEPOINT" not in one["sql"]]


def test_a_look_asks_once_what_holds_and_keeps_itself_in_three_statements(kept, client):
    _, code = issued()

    questions = asked(client, code)

    assert [n for n, one in enumerate(questions) if "trace_ownproduct" in one] == [0]
    assert len(questions) <= 5, questions


def test_the_way_of_goods_costs_few_questions_however_long_it_is(kept, client):
    _, code = issued()
    chain_of(code)
    place_data()
    without = asked(client, code)
    thermometer_of(code, -17.2, -16.8)

    questions = asked(client, code)

    assert len(without) <= 22, without
    # What a thermometer saw, and where: however often it was read.
    assert len(questions) <= len(without) + 2, questions
