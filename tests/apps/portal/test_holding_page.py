"""A department's own resource: its score by dimension with the one before, the rules with the way to the rows, nobody else's."""

from datetime import timedelta

import pytest
from reading import faults, foreign

from xilin.kernel.quality import queries as quality
from xilin.kernel.quality.models import ResourceScore


def again(resource, after, **dimensions):
    """A later score."""
    before = ResourceScore.objects.filter(resource=resource).latest("at")
    return ResourceScore.objects.create(
        resource=resource,
        at=before.at + after,
        batches=before.batches,
        dimensions={name: list(counts) for name, counts in dimensions.items()},
        overall=sum(passed / checked for passed, checked in dimensions.values()) / len(dimensions),
    )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_resource_of_ones_own_is_told_with_the_way_to_its_rows(client, hub, language):
    client.force_login(hub.bob)
    client.cookies["django_language"] = language

    text = client.get("/desk/holdings/households/").content.decode()

    assert not faults(text)
    assert language == "en" or not foreign(text)
    assert "99.8" in text
    assert "/desk/quarantine/?source=hukou&amp;reason=id_number.check_digit" in text
    assert f"/cockpit/batches/{hub.hukou.pk}/" in text


def test_the_rule_leads_to_the_rows_it_holds_back_and_no_others(client, hub):
    client.force_login(hub.bob)

    text = client.get("/desk/quarantine/?source=hukou&reason=id_number.check_digit").content.decode()

    assert f"/desk/quarantine/{hub.row.pk}/" in text
    other = next(row for row in quality.quarantine_for(hub.bob) if row.pk != hub.row.pk)
    assert f"/desk/quarantine/{other.pk}/" not in text


def test_what_changed_since_the_score_before_and_the_course_are_shown(client, hub):
    client.force_login(hub.bob)
    first = client.get("/desk/holdings/households/").content.decode()
    again("households", timedelta(days=1), conformity=(990, 1000), completeness=(500, 500))

    text = client.get("/desk/holdings/households/").content.decode()

    assert "自第二次起" in first
    assert "plot" not in first
    assert "自第二次起" not in text
    assert "-0.80" in text, "0.998 to 0.990"
    assert "plot-line" in text
    assert [round(one.overall, 3) for one in quality.trend("households")] == [0.998, 0.995]
    assert len(quality.trend("households", most=1)) == 1


def test_a_resource_of_another_department_is_not_there(client, hub):
    for other in (hub.ann, hub.dora, hub.auditor, hub.rita):
        client.force_login(other)
        assert client.get("/desk/holdings/households/").status_code == 404
    client.logout()
    assert client.get("/desk/holdings/households/").status_code == 302


def test_the_list_of_resources_leads_to_each(client, hub):
    client.force_login(hub.bob)

    assert "/desk/holdings/households/" in client.get("/desk/holdings/").content.decode()
