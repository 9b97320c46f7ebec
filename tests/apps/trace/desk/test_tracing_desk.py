"""Pages of traces and recalls: everybody sees what is theirs, two people open a recall, holders answer."""

import csv
import io

import pytest
from django.test import Client
from django.utils import timezone

import recalled_goods as goods
from lineage_events import seen
from recalled_goods import FAR, GTIN, RANCH, SHOP, TAG, Goods, item, person
from xilin.apps.trace.models import Notice, Recall, RecallNotice
from xilin.apps.trace.repository.capture import capture
from xilin.kernel.audit import queries as audit

pytestmark = pytest.mark.django_db
TRACE, RECALLS, NOTICES = "/desk/goods/trace/", "/desk/goods/trace/recalls/", "/desk/goods/trace/notices/"


@pytest.fixture
def chain(tmp_path):
    return Goods(tmp_path)


def signed_in(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def anna(chain):
    return signed_in(person("anna", department=goods.BUREAU))


@pytest.fixture
def bert(chain):
    return signed_in(person("bert", department=goods.BUREAU, role="approver"))


@pytest.fixture
def shopkeeper(chain):
    return signed_in(person("sina", party="shop"))


def proposed(client, **more):
    given = {"roots": TAG, "reason": "residues of a drug", "level": "1", "send": "1", **more}
    return client.post(f"{RECALLS}new/", given)


def opened(anna, bert):
    number = proposed(anna).url.split("/")[-2]
    assert bert.post(f"{RECALLS}{number}/open/").status_code == 302
    return number


def test_a_trace_is_shown_as_a_picture_and_the_same_as_tables(anna, chain):
    page = anna.get(TRACE, {"id": f"(01){GTIN}(21){chain.codes[0].serial}"}).content.decode()
    assert '<svg class="lineage"' in page
    assert page.count('class="process') == 1
    for said in ("animal 399250200000017", "The shop", "complete: every end was reached", "received"):
        assert said in page, said
    assert "style=" not in page
    forward = anna.get(TRACE, {"id": "399250200000017", "way": "forward"}).content.decode()
    assert "The shop" in forward
    assert "on the way" in forward
    assert "× 4" in forward


def test_tables_of_a_trace_and_of_a_recall_are_taken_along(anna, bert):
    def rows(path, query):
        answer = anna.get(path, query)
        assert answer.headers["Content-Type"].startswith("text/csv"), query
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))

    asked = {"id": "399250200000017", "way": "forward"}
    assert rows(TRACE, asked | {"now-export": "csv"})[0] == ["Holder", "State", "How many"]
    assert len(rows(TRACE, asked | {"links-export": "csv", "links-sort": "-since"})) > 1
    number = opened(anna, bert)
    assert rows(f"{RECALLS}{number}/", {"export": "csv", "sort": "-told"})[1][3] == "no answer yet"
    refused = bert.post(f"{RECALLS}{number}/close/", {}).content.decode()
    assert f'href="{RECALLS}{number}/?sort=holder"' in refused, "links of the table lead to its page"


def test_what_nobody_knows_and_what_is_no_identifier_is_said(anna):
    unknown = anna.get(TRACE, {"id": "399250200000999"})
    assert unknown.status_code == 404
    assert "There is nothing of this name" in unknown.content.decode()
    assert "This is no identifier." in anna.get(TRACE, {"id": "two words"}).content.decode()


def test_a_party_sees_its_own_chain_and_others_nothing(chain, shopkeeper):
    own = shopkeeper.get(TRACE, {"id": item(chain.codes[0])})
    assert own.status_code == 200
    assert shopkeeper.get(TRACE, {"id": item(chain.codes[3])}).status_code == 404
    forward = shopkeeper.get(TRACE, {"id": TAG, "way": "forward"}).content.decode()
    assert "beyond it lies what you may not see" in forward
    assert chain.codes[2].serial not in forward
    for nobody in (person("gus", department="gaj"), person("zoe")):
        for page in (TRACE, RECALLS, NOTICES, f"{RECALLS}new/"):
            assert signed_in(nobody).get(page).status_code == 404, page
    assert Client().get(TRACE).status_code == 302


def test_a_recall_is_looked_up_proposed_and_opened_by_another(anna, bert, chain):
    looked_up = anna.post(f"{RECALLS}new/", {"household": RANCH, "reason": "residues", "level": "1"})
    assert looked_up.status_code == 200
    assert "The shop" in looked_up.content.decode()
    assert not Recall.objects.exists()
    answer = proposed(anna)
    number = answer.url.split("/")[-2]
    assert "You proposed it" in anna.get(answer.url).content.decode()
    assert anna.post(f"{RECALLS}{number}/open/").status_code == 409
    assert not Notice.objects.exists()
    assert "Open the recall publicly" in bert.get(answer.url).content.decode()
    assert bert.post(f"{RECALLS}{number}/open/").status_code == 302
    assert Notice.objects.filter(number=number).count() == 4
    page = bert.get(answer.url).content.decode()
    assert "no answer yet" in page
    assert "0 of 2 holders answered" in bert.get(RECALLS).content.decode()
    rows = bert.get(f"{RECALLS}{number}/list.csv").content.decode().splitlines()
    assert len(rows) == 5


def test_a_holder_answers_and_the_department_sees_it(anna, bert, shopkeeper):
    number = opened(anna, bert)
    listed = shopkeeper.get(NOTICES).content.decode()
    assert "to be answered" in listed
    notice = RecallNotice.objects.get(holder=SHOP)
    page = f"{NOTICES}{notice.pk}/"
    assert shopkeeper.get(f"{NOTICES}{RecallNotice.objects.get(holder=FAR).pk}/").status_code == 404
    assert bert.get(page).status_code == 404
    many = shopkeeper.post(page, {"kept": 2, "returned": 1, "destroyed": 0})
    assert many.status_code == 422
    answer = {"kept": 1, "returned": 0, "destroyed": 0, "remark": "one was sold"}
    assert shopkeeper.post(page, answer).status_code == 302
    told = anna.get(f"{RECALLS}{number}/").content.decode()
    assert "one was sold" in told
    assert "1 of 2 holders answered, for 1 items" in told
    assert audit.entries(kind="trace.recall.confirmed").get().subject == number


def test_a_recall_ends_with_a_reason_and_codes_are_released_where_it_was_unfounded(anna, bert):
    number = opened(anna, bert)
    refused = bert.post(f"{RECALLS}{number}/close/", {"outcome": "carried_out"})
    assert refused.status_code == 422
    assert "neither recovered nor destroyed" in refused.content.decode()
    ended = bert.post(f"{RECALLS}{number}/close/", {"outcome": "unfounded", "remark": "the laboratory erred"})
    assert ended.status_code == 302
    assert not Notice.objects.filter(until=None).exists()
    assert bert.post(f"{RECALLS}{number}/close/", {"outcome": "unfounded", "remark": "x"}).status_code == 409


def test_a_producer_proposes_and_may_neither_open_nor_see_recalls_of_others(chain, anna, bert):
    maker = signed_in(person("mona", party="plant"))
    assert proposed(maker, roots=RANCH).status_code == 404
    answer = proposed(maker)
    number = answer.url.split("/")[-2]
    recall = Recall.objects.get(case__number=number)
    assert (recall.party, recall.case.department.code) == ("plant", goods.BUREAU)
    assert maker.get(answer.url).status_code == 200
    assert maker.post(f"{RECALLS}{number}/open/").status_code == 403
    looker = signed_in(person("lena", party="plant", acts=False))
    assert proposed(looker).status_code == 404
    assert looker.get(answer.url).status_code == 200
    other = proposed(anna).url
    assert maker.get(other).status_code == 404
    assert maker.post(f"{other}open/").status_code == 404
    assert anna.post(f"{RECALLS}{number}/open/").status_code == 302


def test_a_proposal_that_is_taken_back_leaves_no_notice(anna, bert):
    number = proposed(anna).url.split("/")[-2]
    assert anna.post(f"{RECALLS}{number}/withdraw/", {"remark": "mistaken"}).status_code == 302
    assert bert.post(f"{RECALLS}{number}/open/").status_code == 409
    assert not Notice.objects.exists()
    assert not RecallNotice.objects.exists()


def test_forms_are_refused_with_words_at_the_field(anna):
    page = anna.post(
        f"{RECALLS}new/", {"roots": "", "reason": "", "level": "9", "send": "1"}
    ).content.decode()
    assert page.count('class="wrong"') >= 2
    assert (
        "Say what is recalled."
        in anna.post(
            f"{RECALLS}new/", {"roots": "", "reason": "x", "level": "1", "send": "1"}
        ).content.decode()
    )
    nothing = proposed(anna, roots="399250200000999")
    assert nothing.status_code == 404


def test_a_producer_takes_its_own_proposal_back_and_no_other(chain, anna):
    maker = signed_in(person("mona", party="plant"))
    own, other = proposed(maker).url, proposed(anna).url
    assert maker.post(f"{own}withdraw/").status_code == 302
    assert maker.post(f"{other}withdraw/").status_code == 404
    assert sorted(Recall.objects.values_list("state", flat=True)) == ["proposed", "withdrawn"]


@pytest.mark.parametrize("asked", ["a%00b", "two%20words", "", "x" * 600])
def test_an_address_with_no_identifier_leaves_the_form_empty(anna, asked):
    assert anna.get(f"{RECALLS}new/?id={asked}").status_code == 200
    assert anna.get(f"{TRACE}?id={asked}").status_code == 200


def test_goods_are_cleared_by_a_person_of_the_department_with_what_was_found(anna, bert, chain, shopkeeper):
    number = opened(anna, bert)
    page, address = f"{RECALLS}{number}/", f"{RECALLS}{number}/clear/"
    good = item(chain.codes[0])
    assert "Clear goods" in anna.get(page).content.decode()
    assert shopkeeper.post(address, {"items": good, "reason": "x"}).status_code == 404
    for given in ({"items": good}, {"items": f"{good}9", "reason": "report 17"}):
        refused = anna.post(address, given)
        assert refused.status_code == 422
        assert 'class="wrong"' in refused.content.decode()
    assert Notice.objects.filter(until=None).count() == 4

    assert anna.post(address, {"items": good, "reason": "report 17"}).status_code == 302

    assert Notice.objects.filter(until=None).count() == 3
    told = bert.get(page).content.decode()
    assert "report 17" in told
    assert "anna" in told


def test_who_sold_the_goods_is_told_and_answers_nothing_they_no_longer_have(anna, bert, chain, shopkeeper):
    hours = (timezone.now() - goods._begin()).total_seconds() / 3600 - 1
    sold = seen(hours, "retail_selling", item(chain.codes[0]), item(chain.codes[1]), where=SHOP)
    capture([goods._written(sold)], party="shop", at=timezone.now())
    opened(anna, bert)

    notice = RecallNotice.objects.get(holder=SHOP)
    assert (notice.items, notice.sold) == (0, 2)
    page = shopkeeper.get(f"{NOTICES}{notice.pk}/").content.decode()
    assert "You sold these goods" in page
    assert 'name="kept"' not in page
    assert "2 pieces" in shopkeeper.get(NOTICES).content.decode()


def test_looks_at_traces_and_recalls_are_in_the_log_without_what_was_asked_for(anna, bert, chain):
    number = opened(anna, bert)
    anna.get(TRACE, {"id": item(chain.codes[0])})
    anna.get(TRACE, {"id": "399250200000999"})
    bert.get(f"{RECALLS}{number}/")
    bert.get(f"{RECALLS}{number}/list.csv")

    said = [
        (entry.by, entry.subject, entry.detail["what"]) for entry in audit.entries(kind="trace.traces.read")
    ]
    assert sorted(said) == sorted([
        ("anna", "", "reach"), ("anna", "", "back"), ("bert", number, "recall"), ("bert", number, "list"),
    ])  # fmt: skip
    for entry in audit.entries(kind="trace.traces.read"):
        assert TAG not in str(entry.detail)
        assert chain.codes[0].serial not in str(entry.detail)
