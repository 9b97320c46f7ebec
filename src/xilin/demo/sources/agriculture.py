"""The registers of agriculture and animal husbandry about organisations: village collectives, their assets, cooperatives."""

import numpy as np

from xilin.demo import columns, places
from xilin.demo.columns import Column, joined, pick
from xilin.demo.league import League
from xilin.demo.population import organisations as org
from xilin.demo.records import Found
from xilin.demo.sources.economy import CERTIFICATE, Entities

TERM = 5 * 365  # days a collective's certificate holds
GRADES = ("盟级", "自治区级", "国家级")


def _town_government(league: League, rows: Entities) -> Column:
    town = league.places.town[rows.firms.village[rows.who]]
    return joined(pick(league.places.town_names, town), "人民政府")


def collectives(league: League) -> Found:
    """农村集体经济组织登记 Every registered collective, one of each village; the bureau issues their codes (N2…)."""
    firms, people, place = league.organisations, league.people, league.places
    rows = Entities(league, "nmj_collectives", firms.of(org.COLLECTIVE), prefix="JT")
    who, person = rows.who, firms.person[rows.who]
    # Codes have been issued since 2018; the certificate is renewed when its term is over.
    issued = np.maximum(firms.approved[who], np.datetime64("2018-11-01"))
    issued = issued + (league.today - issued).astype(int) // TERM * TERM
    return rows.found(
        "登记编号",
        {
            "登记编号": rows.keys,
            "统一社会信用代码": rows.code(rows.rates.uscc_missing_collective_register),
            "名称": rows.registered_name(),
            "组织层级": rows.coded(("村级",), np.zeros(rows.count, np.int64)),
            "理事长": people.names(person),
            "证件类型": columns.constant(CERTIFICATE, rows.count),
            "证件号码": columns.fixed(people.id_bytes[person]),
            "联系电话": columns.digits(firms.phone[who], 11),
            "成立日期": columns.dates(firms.established[who], "dots"),
            "有效期自": columns.dates(issued, "dots"),
            "有效期至": columns.dates(issued + TERM, "dots"),
            "住所": places.addresses(place, firms.village[who], firms.door[who]),
            "嘎查村代码": pick(place.codes, firms.village[who]),
            "旗县": pick(place.county_names, firms.county[who]),
            "成员数": columns.numbers(60 + firms.capital[who] * 7 % 900),
            "登记机关": joined(pick(place.county_names, firms.county[who]), "农牧局"),
            "主管单位": _town_government(league, rows),
            "更新时间": rows.updated(),
        },
    )


def assets(league: League) -> Found:
    """农村集体资产 What each collective owns by last year's count; opened before there were codes, under names as clerks write them."""
    firms, place = league.organisations, league.places
    rows = Entities(league, "nmj_assets", firms.of(org.COLLECTIVE), prefix="ZC")
    who = rows.who
    total = np.rint(np.exp(rows.rng.normal(5.6, 0.9, rows.count)) * 100) / 100
    counted = league.today.astype("datetime64[Y]") - np.timedelta64(1, "D")
    return rows.found(
        "台账号",
        {
            "台账号": rows.keys,
            "单位名称": rows.name(),
            "信用代码": rows.code(rows.rates.uscc_missing_collective),
            "负责人": rows.person_name(),
            "嘎查村代码": pick(place.codes, firms.village[who]),
            "旗县": pick(place.county_names, firms.county[who]),
            "资产总额（万元）": columns.numbers(total, 2),
            "经营性资产（万元）": columns.numbers(total * rows.rng.uniform(0.05, 0.6, rows.count), 2),
            "清查日期": columns.dates(np.full(rows.count, counted, "datetime64[D]"), "digits"),
            "更新时间": rows.updated(),
        },
    )


def cooperatives(league: League) -> Found:
    """农牧民专业合作社名录 The cooperatives that town offices report, market entities all of them."""
    firms, people, place = league.organisations, league.people, league.places
    every = firms.of(org.COOPERATIVE)
    listed = every[league.stream("nmj_cooperatives:who").random(len(every)) < league.mix.cooperatives_listed]
    listed = listed if len(listed) else every[:1]
    rows = Entities(league, "nmj_cooperatives", listed, prefix="HZS")
    who = rows.who
    graded = rows.hit(league.mix.cooperatives_graded)
    members = 5 + firms.size[who] * 3
    herders = np.rint(members * rows.rng.uniform(0.8, 1.0, rows.count)).astype(np.int64)
    return rows.found(
        "序号",
        {
            "序号": rows.keys,
            "合作社名称": rows.name(),
            "统一社会信用代码": rows.code(rows.rates.uscc_missing_cooperative),
            "理事长": rows.person_name(),
            "联系人": people.names(firms.person_before[who]),
            "联系电话": columns.digits(firms.phone[who], 11),
            "成立日期": columns.dates(firms.established[who], "han"),
            "成员数": columns.numbers(members),
            "农牧民成员数": columns.numbers(herders),
            "示范社级别": pick(
                GRADES, np.where(graded, rows.rng.choice(3, rows.count, p=(0.7, 0.25, 0.05)), -1)
            ),
            "地址": places.addresses(place, firms.village[who], firms.door[who]),
            "旗县": pick(place.county_names, firms.county[who]),
            "更新日期": columns.dates(
                league.today - rows.rng.integers(1, 300, rows.count).astype("timedelta64[D]"), "han"
            ),
        },
    )
