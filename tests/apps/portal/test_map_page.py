"""The map as the server tells it: layers by who asks, values of what was chosen, search, the drawing and its table."""

import json
import re

import mapped_league
import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client
from reading import faults, foreign

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.places.models import Place
from xilin.web import maps


@pytest.fixture
def league(tmp_path, db):
    mapped_league.apply(tmp_path)


def asked(path, client=None, language="zh-hans", **query):
    client = client or Client()
    client.cookies["django_language"] = language
    return client.get(path, query)


def layers(client=None, language="zh-hans"):
    found = json.loads(asked("/map/layers.json", client, language).content)
    return {one["code"]: one for one in found["layers"]}


def values(**query):
    return json.loads(asked("/map/indicator.json", **query).content)


@pytest.fixture
def signed_in(league):
    client = Client()
    client.force_login(small_league.person("ann", "civil", User.Role.STEWARD))
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_stands_without_a_script_a_drawing_with_its_table(league, language):
    text = asked("/map/", language=language).content.decode()

    assert faults(text) == []
    if language == "zh-hans":
        assert foreign("<main" + text.split("<main")[1].split("</main>")[0]) <= {"CGCS"}
    assert text.count("<path class=") == 1
    assert "东旗" in text if language == "zh-hans" else "East Banner" in text
    assert ">12<" in text.split('class="atlas-table"')[1]
    # A legend says in what, from where and when.
    assert re.search("市场主体登记信息 · 2026-09-24|Market entities · 2026-09-24", text)


def test_layers_are_those_of_who_asks(signed_in):
    everyone, department = layers(), layers(signed_in)

    assert set(everyone) == {"counties", "spots", "plots", "indicator"}
    assert set(department) - set(everyone) == {"parcels"}
    assert everyone["counties"]["names"] == [{"name": "东旗", "at": [111.0, 44.5], "spot": False}]
    assert "宗地" not in asked("/map/").content.decode()
    assert "宗地" in asked("/map/", signed_in).content.decode()


def test_what_a_layer_is_drawn_from_decides_again_who_reads_it(signed_in):
    at = layers(signed_in)["parcels"]["tiles"].format(z=0, x=0, y=0)

    assert signed_in.get(at).status_code == 200
    assert Client().get(at).status_code == 404


def test_an_answer_for_one_is_never_given_to_another(signed_in):
    for path in ("/map/", "/map/layers.json", "/map/indicator.json"):
        answer = asked(path)
        assert "Cookie" in answer.headers["Vary"]
        assert "public" not in answer.headers.get("Cache-Control", "")


def test_values_are_those_of_the_indicator_and_year_that_were_chosen(league):
    now, before = values(), values(of=["registered", "2025"])

    assert now["areas"]["990101000000"] | {"colour": ""} == {
        "value": 12.0,
        "shown": "12 家",
        "colour": "",
        "href": "/indicators/registered/?area=990101000000",
    }
    assert before["areas"]["990101000000"]["value"] == 7.0
    assert now["areas"]["990101000000"]["colour"] == now["legend"][-1]["colour"]
    assert [row["name"] for row in now["legend"]] == ["1", "12"]
    assert values(of=["nothing", "1066"]) == now


def test_a_layer_that_is_not_there_or_has_no_values_is_refused_in_one_wording(league):
    answers = [asked(f"/map/{code}.json") for code in ("nothing", "counties", "parcels")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_the_page_shows_what_its_address_says(league):
    text = asked("/map/", on="indicator~60:registered:2025,grid").content.decode()

    assert ">7<" in text.split('class="atlas-table"')[1]
    assert 'value="60"' in text
    assert 'value="counties" checked' not in text
    assert 'value="grid" checked' in text
    # The same from the form, as it is sent without a script.
    text = asked("/map/", layer=["indicator"], **{"of-indicator": ["registered", "2025"]}).content.decode()
    assert ">7<" in text.split('class="atlas-table"')[1]


@pytest.mark.parametrize(
    "odd", ["", ",,,", "x~y:z", "indicator~9999999", "indicator:" + "x" * 300, "~:", "counties~-1"]
)
def test_an_odd_address_is_no_fault(league, odd):
    assert asked("/map/", on=odd).status_code == 200


def found(text, client=None):
    client = client or Client()
    client.cookies["django_language"] = "zh-hans"
    return json.loads(client.post("/map/search", {"q": text}).content)["places"]


def test_search_finds_what_one_may_see_and_says_where_no_outline_is_published(signed_in):
    (spot,) = found("敖包")
    (town,) = found("红镇")

    assert (spot["layer"], spot["id"]) == ("spots", Place.objects.get(collection="spots").pk)
    assert spot["box"] == [111.25, 44.5, 111.25, 44.5]
    assert (town["layer"], town["box"]) == ("", [110, 44, 112, 45])
    assert "没有公布边界" in town["hint"]
    assert found("宗地甲") == []
    assert found("宗地甲", signed_in)[0]["layer"] == "parcels"


def test_search_codes_an_address_and_keeps_it_in_no_address_of_ours(league):
    (area,) = found("东旗红镇一村3号")

    assert "990101100201" in area["note"]
    assert found("不认识的地方") == found("x") == found("") == []
    assert asked("/map/search", q="东旗").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/map/search", {"q": "东旗"}).status_code == 403


def test_a_part_offers_its_layers_to_those_who_may_see_them(league, monkeypatch):
    def mine(request):
        return [maps.Layer("mine", "我的", "部门")] if request.user.is_authenticated else []

    monkeypatch.setattr(maps, "OFFERED", [*maps.OFFERED])
    maps.offer(mine)
    maps.offer(mine)

    assert "mine" not in layers()
    assert maps.OFFERED.count(mine) == 1


def test_another_page_leads_to_the_map_or_holds_a_small_one():
    page = Template(
        '{% load maps %}<a href="{% map_link "counties,spots" %}"></a>{% map on="counties" %}<b>x</b>{% endmap %}'
    )
    text = page.render(Context())

    assert 'href="/map/?on=counties,spots"' in text
    assert 'data-layers="/map/layers.json"' in text
    assert 'data-on="counties"' in text
    assert "<b>x</b>" in text
    with pytest.raises(TemplateSyntaxError, match="size"):
        Template("{% load maps %}{% map size=3 %}{% endmap %}")
