"""Branches, collectives and cooperatives: as many as the shape says, with codes of their own and the errors stated."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from xilin.demo import rates
from xilin.demo.population import organisations as org
from xilin.kernel.standards.identifiers import is_uscc


def near(count, rows, rate):
    """Whether a count is within five standard deviations of what a rate promises."""
    return abs(count - rows * rate) <= 5 * np.sqrt(rows * rate * (1 - rate)) + 1


def names(true, who, style=org.AS_REGISTERED):
    return org.names(true.organisations, who, true.places, np.full(len(who), style)).to_pylist()


def test_a_branch_has_a_code_of_its_own_and_is_called_after_its_company(true):
    firms, branches = true.organisations, true.organisations.of(org.BRANCH)
    parents = firms.parent[branches]
    codes = np.array(firms.codes.to_pylist())

    assert near(len(branches), int((firms.registered & (firms.kind == org.COMPANY)).sum()), true.mix.branches)
    assert (firms.kind[parents] == org.COMPANY).all()
    assert firms.registered[parents].all()
    assert (codes[branches] != codes[parents]).all()
    assert all(map(is_uscc, codes[branches]))
    for branch, parent in zip(names(true, branches), names(true, parents), strict=True):
        assert branch.startswith(parent)
        assert branch.endswith(org.SITES)
    assert len(set(names(true, branches))) == len(branches)
    assert (firms.established[branches] >= firms.established[parents]).all()
    assert (np.delete(firms.parent, branches) == -1).all()


def test_branches_mostly_stand_near_their_company_under_the_same_person(true):
    firms, branches = true.organisations, true.organisations.of(org.BRANCH)
    parents = firms.parent[branches]
    same = int((firms.person[branches] == firms.person[parents]).sum())

    assert near(same, len(branches), true.mix.branches_same_person)
    assert (firms.county[branches] == firms.county[parents]).mean() > true.mix.branches_near - 0.3


def test_a_branchs_record_names_its_company_as_often_as_stated(found, true):
    table, own = found["scjgj_entities"].table, rates.errors().organisations
    branch = true.organisations.kind[found["scjgj_entities"].entity] == org.BRANCH
    named = table.column("LSQYMC").is_valid().to_numpy()
    coded = table.column("LSQYDM").is_valid().to_numpy()
    parents = true.organisations.parent[found["scjgj_entities"].entity]
    codes = np.array(true.organisations.codes.to_pylist())

    assert not named[~branch].any()
    assert near(int((~named[branch]).sum()), int(branch.sum()), own.parent_missing)
    assert near(int((named & ~coded).sum()), int(named.sum()), own.parent_code_missing)
    assert not (coded & ~named).any()
    assert np.array(table.column("LSQYDM").to_pylist())[coded].tolist() == codes[parents[coded]].tolist()


def test_every_herders_and_farmers_village_has_one_collective_with_a_code_that_begins_with_n2(true):
    firms, place = true.organisations, true.places
    who = firms.of(org.COLLECTIVE)
    herding = {v for v, kind in enumerate(place.kinds) if kind in org.HERDING}

    assert set(firms.village[who].tolist()) == herding
    assert len(who) == len(herding)
    codes = firms.codes.take(pa.array(who)).to_pylist()
    assert all(code.startswith("N2") and is_uscc(code) for code in codes)
    assert not firms.registered[who].any()


def test_both_sources_of_collectives_hold_each_and_one_of_them_often_without_its_code(found, true):
    who = set(true.organisations.of(org.COLLECTIVE).tolist())
    register, books = found["nmj_collectives"], found["nmj_assets"]
    own = rates.errors().organisations

    assert set(register.entity.tolist()) == set(books.entity.tolist()) == who
    missing = register.table.column("统一社会信用代码").null_count
    assert near(missing, register.table.num_rows, own.uscc_missing_collective_register)
    missing = books.table.column("信用代码").null_count
    assert near(missing, books.table.num_rows, own.uscc_missing_collective)


def test_listed_cooperatives_are_market_entities_too(found, true):
    listed = found["nmj_cooperatives"]
    every = true.organisations.of(org.COOPERATIVE)

    assert set(listed.entity.tolist()) <= set(every.tolist())
    assert near(len(set(listed.entity.tolist())), len(every), true.mix.cooperatives_listed)
    assert set(every.tolist()) <= set(found["scjgj_entities"].entity.tolist())


@pytest.mark.parametrize(
    ("source", "column"), [("fgw_credit", "qymc"), ("nmj_assets", "单位名称")], ids=["filings", "assets"]
)
def test_names_are_shortened_and_old_as_often_as_stated(found, true, source, column):
    rows, own, firms = found[source], rates.errors().organisations, true.organisations
    written = np.array(rows.table.column(column).to_pylist())
    now, former = names(true, rows.entity), names(true, rows.entity, org.FORMER)
    forms = {style: np.array(names(true, rows.entity, style)) for style in range(org.SHORT, org.FORMER)}
    short = np.zeros(len(written), np.bool_)
    for form in forms.values():
        short |= (written == form) & (form != now)
    renamed = np.array(former) != np.array(now)
    old = (written == np.array(former)) & renamed

    assert 0.3 * own.name_short < short.mean() < 1.5 * own.name_short
    if source == "fgw_credit":
        assert near(int(old.sum()), int(renamed.sum()), own.name_old)
        assert (renamed & (firms.kind[rows.entity] >= org.SCHOOL)).sum() == 0
    else:  # the other form of a collective's name is what clerks write by mistake as well
        assert old.mean() > own.name_old / 2


def test_the_register_says_what_branches_have_not(found, true):
    table = found["scjgj_entities"].table
    branch = pa.array(true.organisations.kind[found["scjgj_entities"].entity] == org.BRANCH)

    assert set(table.filter(branch).column("ZTLX").to_pylist()) <= {"企业分支机构", "X9"}
    for column in ("ZCZB", "BZ"):
        assert table.filter(branch).column(column).null_count == int(pc.sum(branch).as_py())
        assert table.filter(pc.invert(branch)).column(column).null_count == 0
