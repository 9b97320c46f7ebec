"""Reviewing: the queue, the answer and its undoing, golden records, decisions by two; for reviewers alone."""

import csv
import io

import pytest
from reading import faults, foreign

from xilin.kernel.audit.models import Entry
from xilin.kernel.registry.models import Decision, LinkRun, Relation, ReviewPair

LANGUAGES = ("zh-hans", "en")


def paths(hub):
    return (
        "/desk/review/",
        "/desk/review/?registry=people&why=below&source=relief",
        "/desk/review/?why=crowd",
        f"/desk/review/{hub.pair.pk}/",
        "/desk/decisions/",
        f"/desk/registries/people/{hub.known.pk}/",
        f"/desk/registries/people/{hub.known.pk}/?recorded=2020-01-01",
        f"/desk/registries/people/{hub.known.pk}/?recorded=2099-01-01&valid=2025-06-01",
        f"/desk/registries/people/{hub.merged.pk}/?former=1",
        "/desk/registries/people/model/",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_for_reviewers_is_good(client, hub, language):
    client.force_login(hub.rita)
    client.cookies["django_language"] = language
    for path in (*paths(hub), "/desk/", "/registries/"):
        response = client.get(path)
        text = response.content.decode()
        assert response.status_code == 200, path
        assert faults(text) == [], path
        if language == "zh-hans":
            assert foreign(text) == set(), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_are_good_where_nothing_waits(client, hub, language):
    ReviewPair.objects.all().delete()
    Decision.objects.all().delete()
    client.force_login(hub.rolf)
    client.cookies["django_language"] = language
    for path in ("/desk/review/", "/desk/decisions/"):
        text = client.get(path).content.decode()
        assert faults(text) == []
        assert "empty" in text


def test_what_was_decided_is_narrowed_and_taken_along_by_reviewers(client, hub):
    client.force_login(hub.rita)
    decided = Decision.objects.exclude(state="proposed")

    def numbers(query):
        answer = client.get(f"/desk/decisions/?export=csv&{query}")
        assert answer.headers["Content-Type"].startswith("text/csv")
        return [row[0] for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))][1:]

    assert numbers("sort=number") == [str(one.pk) for one in decided.order_by("pk")]
    assert numbers("kind=review&sort=-number") == [
        str(one.pk) for one in decided.filter(kind="review").order_by("-pk")
    ]
    client.force_login(hub.bob)
    assert client.get("/desk/decisions/?export=csv").status_code == 403


@pytest.mark.parametrize("who", ["ann", "bob", "auditor", "engineer"])
def test_nobody_but_a_reviewer_sees_or_decides(client, hub, who):
    client.force_login(getattr(hub, who))
    entity = f"/desk/registries/people/{hub.known.pk}/"
    assert client.get("/desk/review/").status_code == 403
    assert client.get("/desk/decisions/").status_code == 403
    assert client.get(entity).status_code == 403
    assert client.get(f"/desk/review/{hub.pair.pk}/").status_code == 403
    for path in (
        f"/desk/review/{hub.pair.pk}/answer/",
        f"/desk/decisions/{hub.proposal.pk}/approve/",
        f"/desk/decisions/{hub.proposal.pk}/withdraw/",
        "/desk/review/undo/",
        f"{entity}merge/",
        f"{entity}split/",
    ):
        answer = client.post(path, {"verdict": "same", "reason": "x", "other": str(hub.far.pk)})
        assert answer.status_code in (403, 404), path
    assert Decision.objects.get().state == "proposed"
    assert "/desk/review/" not in client.get("/desk/").content.decode()
    assert not Entry.objects.filter(kind__in=("registry.pair.seen", "registry.entity.seen")).exists()


def test_a_stranger_is_asked_to_sign_in(client, hub):
    for path in paths(hub):
        assert client.get(path).headers["Location"].startswith("/login/")


def test_the_pair_stands_side_by_side_with_what_differs_marked_and_the_number_masked(client, hub):
    client.force_login(hub.rita)
    text = client.get("/desk/review/").content.decode()

    assert "<mark>其其</mark>格" in text
    assert "<mark>琪琪</mark>格" in text
    assert hub.known.attributes["id_number"] not in text
    assert "读音相同" in text
    assert "+5.6" in text
    assert "+12.8" in text
    entry = Entry.objects.get(kind="registry.pair.seen")
    assert (entry.by, entry.subject) == ("rita", str(hub.pair.pk))


def test_an_answer_leads_to_the_next_pair_and_can_be_taken_back(client, hub):
    client.force_login(hub.rita)
    response = client.post(
        f"/desk/review/{hub.pair.pk}/answer/", {"verdict": "same", "registry": "people"}, follow=True
    )
    assert "王芳" in response.content.decode()
    made = Decision.objects.get(kind="review")
    assert (made.state, made.made_by, made.pairs.get().verdict) == ("in_force", hub.rita, "same")

    response = client.post("/desk/review/undo/", {"registry": "people"}, follow=True)
    assert "琪琪" in response.content.decode()
    made.refresh_from_db()
    assert made.state == "withdrawn"


def test_a_contradiction_is_refused_beside_the_pair(client, hub):
    client.force_login(hub.rolf)
    client.post(f"/desk/decisions/{hub.proposal.pk}/approve/")
    response = client.post(f"/desk/review/{hub.other_pair.pk}/answer/", {"verdict": "different"})

    assert response.status_code == 409
    assert f"与裁定 {hub.proposal.pk}" in response.content.decode()


def test_skipping_goes_on_and_an_answered_pair_is_not_shown_again(client, hub):
    client.force_login(hub.rita)
    assert "王芳" in client.get(f"/desk/review/?after={hub.pair.pk}").content.decode()
    client.post(f"/desk/review/{hub.pair.pk}/answer/", {"verdict": "different"})
    assert "琪琪" not in client.get("/desk/review/").content.decode()
    assert (
        client.post(f"/desk/review/{hub.pair.pk}/answer/", {"verdict": "same"}, follow=True).status_code
        == 200
    )
    assert Decision.objects.filter(kind="review").count() == 1


def test_a_merged_id_leads_to_where_it_went(client, hub):
    client.force_login(hub.rita)
    response = client.get(f"/desk/registries/people/{hub.merged.pk}/")
    assert response.headers["Location"] == f"/desk/registries/people/{hub.known.pk}/"
    assert client.get(f"/desk/registries/nothing/{hub.known.pk}/").status_code == 404


def test_a_golden_record_says_where_each_value_comes_from_and_what_was_before(client, hub):
    client.force_login(hub.rita)
    path = f"/desk/registries/people/{hub.known.pk}/"
    text = client.get(path).content.decode()
    assert "户籍系统" in text
    assert "某某镇" in text
    assert hub.known.attributes["id_number"] not in text
    assert Entry.objects.filter(kind="registry.entity.seen", subject=str(hub.known.pk)).count() == 1
    before = client.get(f"{path}?valid=2025-06-01").content.decode()
    assert "2025-01-02 08:00" in before


def test_two_people_split_and_one_alone_cannot(client, hub):
    client.force_login(hub.rita)
    path = f"/desk/registries/people/{hub.known.pk}/"
    record = hub.known.members.get(source="relief").pk
    assert client.post(f"{path}split/", {"reason": "不是"}).status_code == 422
    client.post(f"{path}split/", {"record": [record], "reason": "不是同一人"})
    made = Decision.objects.get(kind="split")
    assert client.post(f"/desk/decisions/{made.pk}/approve/").status_code == 403
    client.force_login(hub.rolf)
    client.post(f"/desk/decisions/{made.pk}/approve/")
    made.refresh_from_db()
    assert (made.state, made.seconded_by) == ("in_force", hub.rolf)


def test_a_merge_needs_the_id_of_another(client, hub):
    client.force_login(hub.rita)
    path = f"/desk/registries/people/{hub.known.pk}/merge/"
    assert client.post(path, {"other": "nobody", "reason": "x"}).status_code == 404
    assert client.post(path, {"other": str(hub.known.pk), "reason": "x"}).status_code == 422
    response = client.post(path, {"other": str(hub.like.pk), "reason": "同一人"}, follow=True)
    assert "同一人" in response.content.decode()


def test_another_reviewer_refuses_a_proposal_with_a_reason(client, hub):
    client.force_login(hub.rolf)
    path = f"/desk/decisions/{hub.proposal.pk}/withdraw/"
    assert client.post(path).status_code == 422
    client.post(path, {"remark": "住址不同"})
    assert "住址不同" in client.get("/desk/decisions/").content.decode()


def test_the_model_page_shows_bits_to_whoever_is_signed_in(client, hub):
    client.force_login(hub.ann)
    text = client.get("/desk/registries/people/model/").content.decode()
    assert "+9.8" in text
    assert "读音相同" in text
    assert "320" in text
    assert client.get("/desk/registries/nothing/model/").status_code == 404


def test_the_model_page_counts_pairs_of_the_run_that_looked_at_everything(client, hub):
    from xilin.kernel.registry.models import LinkRun

    delta = hub.run.counts | {"looked_at": 3, "pairs": 1, "how": {"identifier": 1500}}
    LinkRun.objects.create(
        registry="people", started_at=hub.now, finished_at=hub.now, counts=delta, parameters={}
    )
    client.force_login(hub.ann)
    text = client.get("/desk/registries/people/model/").content.decode()
    assert "320" in text
    assert "1,500" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_golden_record_leads_to_those_it_is_related_to_and_back(client, hub, language):
    Relation.objects.create(
        registry="people", code="kin", entity=hub.known.pk, other=hub.far.pk, how="phone", agrees=True, run=1
    )
    Relation.objects.create(
        registry="people", code="kin", entity=hub.like.pk, other=hub.known.pk, how="identifier", agrees=False, run=1
    )  # fmt: skip
    Relation.objects.create(
        registry="people",
        code="gone",
        entity=hub.known.pk,
        other=hub.merged.pk,
        how="area",
        agrees=True,
        run=1,
    )
    client.force_login(hub.rita)
    client.cookies["django_language"] = language
    text = client.get(f"/desk/registries/people/{hub.known.pk}/").content.decode()

    assert faults(text) == []
    aside = text.split("<aside")[1]
    said = '<bdi lang="zh-Hans">%s</bdi>' if language == "en" else "%s"
    assert f'href="/desk/registries/people/{hub.far.pk}/">{said % "王芳"}</a>' in aside
    assert f'href="/desk/registries/people/{hub.like.pk}/">{said % "琪琪格"}</a>' in aside
    assert ("姓名不一致" if language == "zh-hans" else "the names differ") in aside
    assert str(hub.merged.pk) not in aside
    entry = Entry.objects.filter(kind="registry.entity.seen", subject=str(hub.known.pk)).first()
    assert set(entry.detail["related"]) == {str(hub.far.pk), str(hub.like.pk)}
    back = client.get(f"/desk/registries/people/{hub.far.pk}/").content.decode()
    assert f'href="/desk/registries/people/{hub.known.pk}/">{said % "其其格"}</a>' in back


def test_an_answer_to_what_was_looked_at_before_a_linking_is_asked_for_again(client, hub):
    client.force_login(hub.rita)
    seen = client.get(f"/desk/review/{hub.pair.pk}/").content.decode()
    assert f'name="run" value="{hub.run.pk}"' in seen
    later = LinkRun.objects.create(registry="people", started_at=hub.now, finished_at=hub.now)
    path, given = f"/desk/review/{hub.pair.pk}/answer/", {"verdict": "same", "registry": "people"}
    response = client.post(path, given | {"run": str(hub.run.pk)})

    assert response.status_code == 409
    assert "又关联了一次" in response.content.decode()
    assert f'name="run" value="{later.pk}"' in response.content.decode()
    assert not Decision.objects.filter(kind="review").exists()
    client.post(path, given | {"run": str(later.pk)})
    assert Decision.objects.filter(kind="review").count() == 1
