"""Subscriptions: pulled by cursor, audited before they leave, ended with their grant; addresses need two people."""

import delivered
import pytest
from delivered import grant, land, people, someone

import small_league
from xilin.kernel.audit.models import Entry
from xilin.kernel.exchange import changes
from xilin.kernel.exchange import delivery_errors as errors
from xilin.kernel.exchange.actions import exports, feeds
from xilin.kernel.exchange.delivery_models import Export, Subscription

pytestmark = pytest.mark.django_db
NOW = small_league.NOW
ITEMS = ("id_number", "phone")


@pytest.fixture
def rolls(hub, tmp_path, settings, monkeypatch):
    """The hub with the roll declared and a grant of its changes, and a home and a lake of the test's own."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    small_league.apply(tmp_path / "roll", delivered.FILES)
    monkeypatch.setattr(exports.timezone, "now", lambda: NOW)
    hub.grant = grant(hub, way="feed", items=ITEMS)
    return hub


def subscribe(rolls, **changed):
    said = {"purpose": "assistance", "case_number": "低保-2026-001", "at": NOW}
    return feeds.subscribe(rolls.client.pk, "roll", **(said | changed))


def pull(rolls, made, after=None, **changed):
    return feeds.pull(rolls.client.pk, made.number, after=after, at=NOW, **changed)


def come(*rows, **named):
    land(list(rows), **named)
    changes.advance("roll", at=NOW)


def test_a_subscriber_takes_the_whole_state_and_goes_on_with_the_changes(rolls):
    land(people(1, 2, 3))
    made = subscribe(rolls)
    come(someone(1), someone(2, phone="12"), someone(4))
    asked = exports.ask_state(rolls.client.pk, made.number, kind="parquet", at=NOW)
    state = exports.make(asked.number)
    assert state.state == Export.State.READY, state.refusal
    come(someone(1, phone="12999"), full=False)

    after = changes.cursor(made.number, state.epoch, state.cursor)
    found = pull(rolls, made, after).answer["changes"]

    assert state.rows == 3
    assert [(change["op"], change["values"]["phone"]) for change in found] == [("update", "12999")]


def test_what_is_pulled_is_in_the_log_before_it_leaves(rolls):
    land([])
    made = subscribe(rolls)
    come(*people(*range(5)))

    pulled = pull(rolls, made, most=3)

    entry = Entry.objects.get(kind="exchange.feed.pulled")
    assert entry.detail["changes"] == len(pulled.answer["changes"]) == 3
    assert (entry.detail["after"], entry.detail["until"]) == ("1.0", "1.3")
    assert (entry.department, entry.provider, entry.subject) == ("civil", "police", "roll")
    assert pulled.receipt["index"] == entry.seq
    assert pulled.answer["more"]
    rest = pull(rolls, made, pulled.answer["cursor"])
    assert len(rest.answer["changes"]) == 2
    assert not rest.answer["more"]


def test_nothing_new_is_no_entry(rolls):
    land(people(1))
    made = subscribe(rolls)
    pulled = pull(rolls, made)
    assert (pulled.answer["changes"], pulled.receipt) == ([], None)
    assert not Entry.objects.filter(kind="exchange.feed.pulled").exists()


def test_changes_count_towards_the_days_rows(rolls):
    type(rolls.grant).objects.update(quota_per_day=4)
    land([])
    made = subscribe(rolls)
    come(*people(*range(6)))

    assert len(pull(rolls, made).answer["changes"]) == 4
    after = changes.cursor(made.number, 1, 4)
    with pytest.raises(errors.RowsUsedUp):
        pull(rolls, made, after)
    made.refresh_from_db()
    assert made.seq == 0  # a refused pull moves nothing


def test_a_revoked_grant_ends_it_at_once(rolls):
    land(people(1))
    made = subscribe(rolls)
    type(rolls.grant).objects.update(revoked_at=NOW, revoked_by=rolls.bob)
    with pytest.raises(errors.GrantEndedMeanwhile):
        pull(rolls, made)


def test_another_clients_subscription_is_not_there(rolls):
    land(people(1))
    made = subscribe(rolls)
    with pytest.raises(errors.DeliveryUnknown):
        feeds.pull(10**6, made.number, after=None, at=NOW)


def test_a_cursor_older_than_what_is_kept_says_to_begin_with_the_whole_state(rolls):
    land(people(1))
    made = subscribe(rolls)
    for cursor in (changes.cursor(made.number, 2, 0), changes.cursor(made.number, 1, 99)):
        with pytest.raises(errors.CursorGone):
            pull(rolls, made, cursor)


def test_an_ended_subscription_gives_nothing(rolls):
    land(people(1))
    made = subscribe(rolls)
    feeds.end(rolls.client.pk, made.number, at=NOW)
    with pytest.raises(errors.SubscriptionOver):
        pull(rolls, made)
    assert Entry.objects.filter(kind="exchange.feed.ended").count() == 1


def test_a_subscription_ends_with_its_grant(rolls):
    land(people(1))
    made = subscribe(rolls)
    assert feeds.end_over(NOW) == 0
    type(rolls.grant).objects.update(revoked_at=NOW, revoked_by=rolls.bob)
    assert feeds.end_over(NOW) == 1
    made.refresh_from_db()
    assert made.state == Subscription.State.ENDED


def test_who_is_pushed_to_may_read_back_and_moves_nothing_by_it(rolls):
    land([])
    target = feeds.register_target(rolls.client, url="https://example.com/in", by=rolls.ann, at=NOW)
    feeds.approve_target(target, by=rolls.eve, at=NOW)
    made = subscribe(rolls, target=target.pk)
    come(*people(1, 2))
    Subscription.objects.update(seq=2)
    assert len(pull(rolls, made, changes.cursor(made.number, 1, 0)).answer["changes"]) == 2
    made.refresh_from_db()
    assert made.seq == 2


class TestAddresses:
    def test_one_person_enters_it_and_another_approves_it(self, rolls):
        target = feeds.register_target(rolls.client, url="https://example.com/in", by=rolls.ann, at=NOW)
        with pytest.raises(errors.NotApproved):
            subscribe(rolls, target=target.pk)
        feeds.approve_target(target, by=rolls.eve, at=NOW)

        assert subscribe(rolls, target=target.pk).target_id == target.pk

    def test_who_entered_it_doesnt_approve_it(self, rolls):
        target = feeds.register_target(rolls.client, url="https://example.com/in", by=rolls.eve, at=NOW)
        with pytest.raises(errors.OwnAddress):
            feeds.approve_target(target, by=rolls.eve, at=NOW)

    def test_a_steward_approves_nothing_and_strangers_see_nothing(self, rolls):
        target = feeds.register_target(rolls.client, url="https://example.com/in", by=rolls.eve, at=NOW)
        with pytest.raises(feeds.need.__globals__["errors"].RoleMissing):
            feeds.approve_target(target, by=rolls.ann, at=NOW)
        with pytest.raises(errors.DeliveryUnknown):
            feeds.approve_target(target, by=rolls.bob, at=NOW)
        with pytest.raises(errors.DeliveryUnknown):
            feeds.register_target(rolls.client, url="https://example.com/", by=rolls.bob, at=NOW)

    def test_the_same_address_is_entered_once(self, rolls):
        feeds.register_target(rolls.client, url="https://EXAMPLE.com:443", by=rolls.ann, at=NOW)
        with pytest.raises(errors.AddressThere):
            feeds.register_target(rolls.client, url="https://example.com/", by=rolls.ann, at=NOW)

    def test_an_ended_address_takes_no_more(self, rolls):
        target = feeds.register_target(rolls.client, url="https://example.com/in", by=rolls.ann, at=NOW)
        feeds.approve_target(target, by=rolls.eve, at=NOW)
        feeds.end_target(target, by=rolls.ann, at=NOW)
        with pytest.raises(errors.NotApproved):
            subscribe(rolls, target=target.pk)
        assert not Subscription.objects.exists()
