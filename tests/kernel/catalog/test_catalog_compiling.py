"""An entry is compiled, reviewed by its department, reviewed by the authority and published; each step is kept."""

from datetime import date, timedelta

import msgspec
import pytest

import small_catalogue
import small_league
from small_catalogue import NOW, entry, published
from xilin.kernel.audit import queries as audit
from xilin.kernel.casework import queries as casework
from xilin.kernel.catalog import actions, dcat, errors, queries
from xilin.kernel.catalog.declarations import Item
from xilin.kernel.catalog.models import Compilation, Resource
from xilin.kernel.standards.declarations import Name
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(tmp_path):
    small_catalogue.apply(tmp_path)
    return small_catalogue.people()


def codes(found):
    return [resource.code for resource in found]


def test_a_new_entry_goes_from_the_steward_over_both_reviews_into_the_catalogue(who):
    made = published(who)

    resource = queries.resource("civil_201001_000001")
    assert made.state == "published"
    assert (resource.catalogue_code, resource.version, resource.published) == (
        "201001/000001",
        1,
        date(2026, 9, 24),
    )
    assert (resource.declared, resource.compiled) == (False, True)
    assert [item.name for item in resource.items.all()] == ["公民身份号码", "姓名", "救助金额"]
    assert codes(queries.search("临时救助审批")) == ["civil_201001_000001"]
    offered = dcat.catalogue(
        list(queries.resources_for(None)),
        base="https://hub.example",
        gateway="https://gate.example",
        name="x",
    )
    assert "201001/000001" in {one["identifier"] for one in offered["dataset"]}
    assert [step.did for step in made.steps.all()] == ["compiled", "submitted", "passed", "published"]


def test_until_it_is_published_nobody_finds_it(who):
    made = actions.begin(entry(), by=who["ann"], at=NOW)
    actions.submit(made, by=who["ann"], at=NOW)

    assert codes(queries.search("临时救助审批")) == ["benefits"], "by some of the words"
    assert not Resource.objects.filter(catalogue_code__startswith="201001/").exists()


def test_every_step_is_in_the_log_and_on_a_clock(who):
    made = actions.begin(entry(), by=who["ann"], at=NOW)
    made = actions.submit(made, by=who["ann"], at=NOW)
    (first,) = casework.standings(NOW + timedelta(minutes=1))
    made = actions.pass_on(made, by=who["bob"], at=NOW + timedelta(hours=1))
    (second,) = casework.standings(NOW + timedelta(hours=2))
    actions.publish(made, by=who["cyd"], at=NOW + timedelta(hours=3))

    assert (first.step.step, first.step.department.code, first.step.rule) == (
        "department_review",
        "civil",
        "catalogue_department_review",
    )
    assert (second.step.step, second.step.department.code) == ("authority_review", "market")
    assert first.step.due_at > NOW
    assert casework.standings(NOW + timedelta(hours=4)) == []
    kinds = [one.kind for one in audit.entries(subject=made.number).order_by("seq")]
    assert kinds == [f"catalog.entry.{did}" for did in ("compiled", "submitted", "passed", "published")]


def test_who_compiles_who_reviews_and_who_publishes_are_three_people(who):
    own = small_catalogue.person("fay", "civil", "approver")
    made = actions.begin(entry(), by=own, at=NOW)
    made = actions.submit(made, by=own, at=NOW)

    with pytest.raises(errors.OwnWork):
        actions.pass_on(made, by=own, at=NOW)
    for stranger in ("ann", "cyd", "dan"):
        with pytest.raises(errors.NotYourReview):
            actions.pass_on(made, by=who[stranger], at=NOW)
    made = actions.pass_on(made, by=who["bob"], at=NOW)
    for stranger in ("bob", "dan", "eve"):
        with pytest.raises(errors.NotYourReview):
            actions.publish(made, by=who[stranger], at=NOW)


def test_the_authoritys_own_entry_needs_three_of_its_people(who):
    value = entry(provider="market", catalogue_code="102/0", classification=("基础信息资源", "法人"))
    made = actions.submit(actions.begin(value, by=who["eve"], at=NOW), by=who["eve"], at=NOW)
    made = actions.pass_on(made, by=who["cyd"], at=NOW)

    with pytest.raises(errors.OwnWork):
        actions.publish(made, by=who["cyd"], at=NOW)
    other = small_catalogue.person("gus", "market", "approver")
    assert actions.publish(made, by=other, at=NOW).state == "published"


def test_an_entry_is_compiled_by_its_own_department_only(who):
    with pytest.raises(errors.NotYourEntry):
        actions.begin(entry(), by=who["dan"], at=NOW)
    made = actions.begin(entry(), by=who["ann"], at=NOW)
    with pytest.raises(errors.NotYourEntry):
        actions.change(made, entry(update_cycle="weekly"), by=who["dan"], at=NOW)
    with pytest.raises(NotFound):
        queries.compilation_for(who["dan"], made.number)
    with pytest.raises(NotFound):
        queries.compilation_for(who["cyd"], made.number)


def test_what_is_returned_says_why_is_amended_and_goes_round_again(who):
    made = actions.submit(actions.begin(entry(), by=who["ann"], at=NOW), by=who["ann"], at=NOW)
    made = actions.pass_on(made, by=who["bob"], at=NOW)
    with pytest.raises(errors.ReasonMissing):
        actions.send_back(made, reason=" ", by=who["cyd"], at=NOW)

    made = actions.send_back(made, reason="摘要太简单", by=who["cyd"], at=NOW)

    assert made.state == "returned"
    assert [one.pk for one in queries.waiting_for(who["ann"])] == [made.pk]
    (standing,) = casework.standings(NOW + timedelta(hours=1))
    assert (standing.step.step, standing.step.department.code) == ("amend", "civil")
    value = entry(summary=Text(zh="临时救助对象、金额、审批部门和结果。"))
    made = actions.change(made, value, by=who["ann"], at=NOW)
    made = actions.submit(made, by=who["ann"], at=NOW)
    made = actions.pass_on(made, by=who["bob"], at=NOW)
    actions.publish(made, by=who["cyd"], at=NOW)
    assert queries.resource("civil_201001_000001").summary.startswith("临时救助对象")


def test_an_entry_with_problems_is_not_submitted_and_all_of_them_are_told(who):
    value = entry(
        summary=Text(zh=""),
        share_condition=Text(zh=""),
        item=(
            Item(element="id_number"),
            Item(element="nothing"),
            Item(element="benefit", share_type="denied"),
        ),
    )
    made = actions.begin(value, by=who["ann"], at=NOW)

    with pytest.raises(errors.EntryHasProblems) as refused:
        actions.submit(made, by=who["ann"], at=NOW)

    said = str(refused.value)
    for word in ("摘要", "共享条件", "nothing", "benefit"):
        assert word in said
    assert {problem.item for problem in actions.problems(made)} == {None, 1, 2}


def test_numbers_of_a_class_rise_and_are_never_given_twice(who):
    first = published(who)
    second = published(who, entry(name=Name(zh="特困供养信息")))
    gone = actions.withdraw(first.resource, reason="不再办理", by=who["ann"], at=NOW)
    gone = actions.pass_on(gone, by=who["bob"], at=NOW)
    actions.publish(gone, by=who["cyd"], at=NOW)
    third = published(who, entry(name=Name(zh="流浪救助信息")))

    assert [one.catalogue_code for one in (first, second, third)] == [
        "201001/000001",
        "201001/000002",
        "201001/000003",
    ]


def test_an_entry_moved_to_another_class_gets_a_number_there(who):
    made = actions.submit(actions.begin(entry(), by=who["ann"], at=NOW), by=who["ann"], at=NOW)
    made = actions.send_back(made, reason="分类不对", by=who["bob"], at=NOW)
    moved = entry(catalogue_code="201/0", classification=("主题信息资源", "社会保障"))

    made = actions.submit(actions.change(made, moved, by=who["ann"], at=NOW), by=who["ann"], at=NOW)

    assert made.catalogue_code == "201/000002", "the folder's own 201/01 has the first"


def test_a_class_that_isnt_the_classifications_is_a_problem(who):
    made = actions.begin(entry(classification=("主题信息资源", "社会保障")), by=who["ann"], at=NOW)

    assert [problem.keys for problem in actions.problems(made)] == [("classification",)]


def test_an_amendment_is_the_next_version_and_the_difference_is_told(who):
    resource = published(who).resource
    old = queries.versions_of(resource).get().value
    changed = msgspec.structs.replace(
        old, update_cycle="weekly", item=(*old.item[:2], Item(element="verdict"))
    )

    published(who, changed, resource=resource, at=NOW + timedelta(days=1))

    newest, first = queries.versions_of(resource)
    assert (newest.number, newest.until, first.number, first.until) == (2, None, 1, newest.at)
    told = {(one.item, one.field): one.verb for one in queries.differences(first.value, newest.value)}
    assert told == {("", "update_cycle"): "change", ("benefit", "item"): "remove", ("verdict", "item"): "add"}
    assert codes(queries.search("矫正决定")) == ["corrections", resource.code]


def test_an_amendment_that_changes_nothing_is_refused(who):
    resource = published(who).resource
    made = actions.amend(resource, by=who["ann"], at=NOW)

    with pytest.raises(errors.NothingChanged):
        actions.submit(made, by=who["ann"], at=NOW)


def test_an_entry_is_on_its_way_once_at_a_time(who):
    resource = published(who).resource
    made = actions.amend(resource, by=who["ann"], at=NOW)

    with pytest.raises(errors.BeingCompiled) as refused:
        actions.withdraw(resource, reason="重复", by=who["bob"], at=NOW)
    assert made.number in str(refused.value)
    actions.abandon(made, by=who["ann"], at=NOW)
    assert actions.amend(resource, by=who["bob"], at=NOW).state == "draft"


def test_a_withdrawn_entry_is_found_no_more_and_its_versions_stay(who):
    resource = published(who).resource
    gone = actions.withdraw(resource, reason="业务取消", by=who["ann"], at=NOW)
    assert queries.resource(resource.code)
    gone = actions.pass_on(gone, by=who["bob"], at=NOW)

    gone = actions.publish(gone, by=who["cyd"], at=NOW)

    assert gone.state == "withdrawn"
    assert codes(queries.search("临时救助审批")) == ["benefits"]
    with pytest.raises(NotFound):
        queries.resource(resource.code)
    assert [one.number for one in queries.versions_of(resource)] == [1]


def test_a_withdrawal_that_a_reviewer_returns_leaves_the_entry(who):
    resource = published(who).resource
    gone = actions.withdraw(resource, reason="业务取消", by=who["ann"], at=NOW)

    assert actions.send_back(gone, reason="仍有部门使用", by=who["bob"], at=NOW).state == "abandoned"
    assert queries.resource(resource.code)


def test_what_is_taken_back_leaves_the_reviews_and_its_case_ends(who):
    made = actions.submit(actions.begin(entry(), by=who["ann"], at=NOW), by=who["ann"], at=NOW)

    made = actions.take_back(made, by=who["ann"], at=NOW)

    assert (made.state, made.case) == ("draft", None)
    assert casework.standings(NOW + timedelta(hours=1)) == []
    with pytest.raises(errors.NotAtThisStep):
        actions.pass_on(made, by=who["bob"], at=NOW)


def test_without_an_authority_nothing_is_submitted(tmp_path):
    small_catalogue.apply(tmp_path, authority=None)
    small_league.apply(
        tmp_path, {"catalogue/classes.toml": small_catalogue.CLASSES, "catalogue/authority.toml": None}
    )
    who = small_catalogue.people()
    made = actions.begin(entry(), by=who["ann"], at=NOW)

    with pytest.raises(errors.NoAuthority):
        actions.submit(made, by=who["ann"], at=NOW)


def test_the_desk_may_say_anew_what_the_folder_declares_but_not_its_items(who, tmp_path):
    resource = queries.resource("benefits")
    value = actions.amend(resource, by=who["ann"], at=NOW).value
    Compilation.objects.all().delete()
    extra = msgspec.structs.replace(value, item=(*value.item, Item(element="address")))
    made = actions.begin(extra, by=who["ann"], at=NOW, resource=resource)
    assert [problem.keys for problem in actions.problems(made)] == [("item", 3, "element")]
    actions.abandon(made, by=who["ann"], at=NOW)

    published(
        who, msgspec.structs.replace(value, name=Name(zh="社会救助资金发放"), lookup=()), resource=resource
    )

    after = queries.resource("benefits")
    assert (after.name, after.lookup, after.version) == ("社会救助资金发放", ["id_number"], 2)
    assert (after.declared, after.compiled) == (True, True)


def test_a_later_apply_changes_the_rows_side_and_leaves_the_desks_words(who, tmp_path):
    resource = queries.resource("benefits")
    value = queries.versions_of(resource).get().value
    published(who, msgspec.structs.replace(value, name=Name(zh="社会救助资金发放")), resource=resource)
    text = small_league.BENEFITS.replace("社会救助发放信息", "别的名字").replace(
        'element = "benefit"', 'element = "benefit"\n[[item]]\nelement = "address"'
    )

    small_catalogue.apply(tmp_path, benefits=text, at=NOW + timedelta(days=1))

    after = queries.resource("benefits")
    assert (after.name, after.version) == ("社会救助资金发放", 3)
    assert [item.column for item in after.items.all()] == ["id_number", "person_name", "benefit", "address"]


def test_what_was_withdrawn_on_the_desk_comes_back_from_there_only(who, tmp_path):
    gone = actions.withdraw(queries.resource("benefits"), reason="合并", by=who["ann"], at=NOW)
    gone = actions.pass_on(gone, by=who["bob"], at=NOW)
    resource = actions.publish(gone, by=who["cyd"], at=NOW).resource

    small_catalogue.apply(
        tmp_path, benefits=small_league.BENEFITS.replace("monthly", "daily"), at=NOW + timedelta(days=1)
    )

    with pytest.raises(NotFound):
        queries.resource("benefits")
    published(who, actions.compiling.entry_of(resource), resource=resource, at=NOW + timedelta(days=2))
    assert queries.resource("benefits").version == 2


def test_a_declaration_that_takes_a_number_of_the_desk_is_refused(who, tmp_path):
    published(who, entry(catalogue_code="201/0", classification=("主题信息资源", "社会保障")))

    with pytest.raises(errors.CodeTaken):
        small_catalogue.apply(
            tmp_path,
            benefits=small_league.BENEFITS.replace("201/01", "201/000002"),
            at=NOW + timedelta(days=1),
        )


def test_the_folder_may_take_over_what_the_desk_published(who, tmp_path):
    resource = published(who).resource
    declared = small_league.resource(
        resource.code, "另一个名字", "Other", "civil",
        '\nkey = ["id_number"]\n[[item]]\nelement = "id_number"\n[[item]]\nelement = "verdict"\n',
        catalogue="201001/000001", classification='["主题信息资源", "社会保障", "社会救助"]',
    )  # fmt: skip

    small_catalogue.apply(tmp_path, files={"resources/mine.toml": declared}, at=NOW + timedelta(days=1))

    after = queries.resource(resource.code)
    assert (after.declared, after.compiled, after.name) == (True, True, "临时救助审批信息")
    assert [item.column for item in after.items.all()] == ["id_number", "verdict"]


def test_the_authority_decides_who_is_the_source_over_what_is_declared(who):
    with pytest.raises(errors.NotYourReview):
        actions.decide_source("person_name", queries.resource("benefits"), reason="x", by=who["bob"], at=NOW)
    with pytest.raises(errors.NotASource):
        actions.decide_source("person_name", queries.resource("entities"), reason="x", by=who["cyd"], at=NOW)

    decided = actions.decide_source(
        "person_name", queries.resource("benefits"), reason="会议纪要", by=who["cyd"], at=NOW
    )

    answer = queries.one_source("person_name")
    assert (answer.source.resource.code, answer.declared, answer.decision) == ("benefits", False, decided)
    assert [item.resource.code for item in answer.repeated] == ["households"]
    actions.end_decision(decided, by=who["cyd"], at=NOW)
    assert queries.one_source("person_name").source.resource.code == "households"
