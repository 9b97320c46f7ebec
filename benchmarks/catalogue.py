"""How fast the catalogue is searched, in a database of its own, dropped at the end.

python benchmarks/catalogue.py [entries, default 100000] [--keep] [--cpu]

`--keep` leaves the database for another go. `--cpu` takes the time that this process and its server process spent on a
processor instead of the clock's: on a machine that has other work the clock tells of that.

Fills synthetic entries, publishes one with the catalogue full, then times, beside a LIKE scan of the same texts:
the first page of a search, the same with all its facets, and the pages of the whole catalogue. The words are of six
kinds, in equal parts, drawn with a fixed seed: names, parts of names, items, two words, department and item, and
words that a fifth or more of all entries have.
"""

import itertools
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NAME = "xilin_bench_catalogue"
CALLS = 25
PLACES = [
    "锡林浩特", "二连浩特", "阿巴嘎", "苏尼特左", "苏尼特右", "东乌珠穆沁", "西乌珠穆沁", "太仆寺", "镶黄",
    "正镶白", "正蓝", "多伦", "乌拉盖",
]  # fmt: skip
FIELDS = [
    "户籍", "婚姻", "救助", "社保", "医保", "就业", "学籍", "教师", "医院", "药品", "食品", "企业", "个体",
    "合作社", "草原", "林地", "耕地", "水源", "矿山", "道路", "桥梁", "车辆", "驾驶", "客运", "货运",
    "旅游", "景区", "宾馆", "文物", "图书", "体育", "气象", "环境", "排污", "噪声", "应急", "消防", "安全",
    "燃气", "供水", "供热", "电力", "住房", "公积金", "不动产", "规划", "建设", "招标", "税务", "财政",
    "审计", "统计", "信用", "许可", "处罚", "检查", "监督", "仲裁", "公证", "律师", "矫正", "党员", "干部",
    "编制", "档案", "信访", "民族", "宗教", "残疾", "老龄", "儿童", "退役", "军人", "志愿", "慈善", "彩票",
]  # fmt: skip
KINDS = [
    "登记", "备案", "许可", "检查", "处罚", "统计", "名录", "台账", "档案", "监测", "评估", "公示", "发放",
    "审批", "年报", "月报", "明细", "变更", "注销", "投诉",
]  # fmt: skip
THINGS = ["信息", "数据", "记录", "清单", "情况"]


def main(count: int, keep: bool) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")
    from xilin.config.start import django, server

    url = server()
    import psycopg

    with psycopg.connect(url, autocommit=True) as admin:
        there = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
        if there and not keep:
            admin.execute(f"DROP DATABASE {NAME}")
        if not there or not keep:
            admin.execute(f"CREATE DATABASE {NAME}")
    os.environ["XILIN_DATABASE_URL"] = url.replace("/xilin?", f"/{NAME}?")
    django()
    from django.core.management import call_command
    from django.db import connection

    try:
        for part in ("catalog", "standards"):
            call_command("migrate", part, verbosity=0)
        fill(count)
        measure(count)
    finally:
        connection.close()
        if not keep:
            with psycopg.connect(url, autocommit=True) as admin:
                admin.execute(f"DROP DATABASE {NAME}")


def entries(count: int) -> Iterator[dict[str, Any]]:
    """Synthetic entries: names of place, field, kind and thing, with items of common and of rare names."""
    chance = random.Random(7)
    for number in range(count):
        place, (one, other) = chance.choice(PLACES), chance.sample(FIELDS, 2)
        kind, thing = chance.choice(KINDS), chance.choice(THINGS)
        items = ["名称", "编号", *(f"{chance.choice(FIELDS)}{chance.choice(KINDS)}日期" for _ in range(6))]
        yield {
            "code": f"synthetic_{number:06d}",
            "catalogue_code": f"3{number % 90 + 10:02d}{number % 900 + 100:03d}/{number:06d}",
            "name": f"{place}{one}{other}{kind}{thing}",
            "summary": f"{place}各级部门在{one}和{other}工作中形成的{kind}{thing}，含{items[2]}和{items[3]}。",
            "theme": FIELDS[number % 20],
            "department": number % 60,
            "share_type": chance.choice(["unconditional", "conditional", "conditional", "denied"]),
            "update_cycle": chance.choice(["daily", "weekly", "monthly", "yearly"]),
            "items": items,
        }


def fill(count: int) -> None:
    """Write the entries with their search words, as `actions.index` does, by COPY."""
    from django.db import connection

    from xilin.kernel.accounts.models import Department
    from xilin.kernel.catalog import words
    from xilin.kernel.catalog.models import Resource
    from xilin.kernel.standards.models import Area

    if Resource.objects.count() >= count:
        return
    began = time.perf_counter()
    area = Area.objects.create(
        code="990000000000",
        name="某盟",
        level="league",
        source="synthetic",
        valid_from=datetime(2020, 1, 1, tzinfo=UTC).date(),
    )
    departments = [
        Department.objects.create(
            code=f"d{n}",
            uscc=f"d{n}",
            name=f"某盟{FIELDS[n]}{FIELDS[-n - 1]}局",
            short=f"{FIELDS[n]}局",
            area=area,
            kind="department",
        )
        for n in range(60)
    ]
    columns = (
        "code", "catalogue_code", "name", "summary", "theme", "width", "provider_id", "share_type", "update_cycle",
        "classification", "format", "share_mode", "published", "search", "named", "name_en", "name_mn", "summary_en",
        "share_condition", "share_condition_en", "share_basis", "share_basis_en", "open", "open_condition",
        "open_condition_en", "related", "key", "lookup", "registry", "base", "area_column", "time_column", "contact",
        "version", "declared", "compiled", "withdrawn", "retired",
    )  # fmt: skip
    connection.ensure_connection()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY catalog_resource ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for one in entries(count):
            provider = departments[one["department"]]
            names = [one["name"], one["code"], one["catalogue_code"]]
            texts = {
                "A": names,
                "B": one["items"],
                "C": [one["theme"], provider.name, provider.short],
                "D": [one["summary"]],
            }
            copy.write_row(
                (
                    one["code"], one["catalogue_code"], one["name"], one["summary"], one["theme"], len(one["name"]),
                    provider.pk, one["share_type"], one["update_cycle"], f'["部门信息资源", "{one["theme"]}"]', "database",
                    "service", "2026-01-01", words.vector(texts), words.vector({"A": names}), "", "", "", "用于履行法定职责。",
                    "", "", "", False, "", "", "[]", "[]", "[]", "", False, "", "", "{}", 1, True, False, False, False,
                )
            )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE catalog_resource")
        cursor.execute("SELECT pg_total_relation_size('catalog_resource') / 1048576")
        size = cursor.fetchone()[0]
    print(f"{count} entries in {time.perf_counter() - began:.0f} s, {size} MB with indexes")


def queries(count: int) -> dict[str, list[str]]:
    """The words of each kind; half of the names and parts are those of an entry that is there."""
    chance = random.Random(11)
    sample = list(itertools.islice(entries(count), 0, count, max(1, count // 2000)))

    def each(make: Callable[[dict[str, Any]], str]) -> list[str]:
        return [make(one) for one in chance.sample(sample, CALLS)]

    return {
        "name": each(lambda one: one["name"]),
        "part of a name": each(lambda one: one["name"][3:8]),
        "item": each(lambda one: one["items"][3]),
        "two words": each(lambda one: f"{one['name'][:4]} {one['items'][2][:2]}"),
        "department and item": each(lambda one: f"{FIELDS[one['department']]}局 {one['items'][4]}"),
        "common word": [
            chance.choice([*THINGS, "日期", "部门", "登记", "编号", "信息 记录", "锡林浩特"])
            for _ in range(CALLS)
        ],
    }


def measure(count: int) -> None:
    from django.contrib.auth.models import AnonymousUser
    from django.db import connection

    from xilin.kernel.catalog import queries as catalog

    public = catalog.resources_for(AnonymousUser())
    catalog.search("户籍")[:1]  # the dictionary is read once a process
    drawn = queries(count)

    def first_page(text: str) -> Any:
        return catalog.search(text, among=public)[:20]

    def with_facets(text: str) -> Any:
        found = catalog.search(text, among=public)
        return found[:20], catalog.facets(text, found=found)

    def scan(text: str) -> Any:
        like = [f"%{word}%" for word in text.split()]
        where = " AND ".join(["(name || summary || theme) LIKE %s"] * len(like))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, name, summary FROM catalog_resource WHERE NOT retired AND {where} ORDER BY code LIMIT 20",
                like,
            )
            return cursor.fetchall()

    print(f"{'':22}{'first page':>22}{'with facets':>22}{'LIKE scan':>22}   ms, p50 / p95")
    everything: list[list[float]] = [[], [], []]
    for kind, texts in drawn.items():
        line = f"{kind:22}"
        for column, act in enumerate((first_page, with_facets, scan)):
            spent = timed(act, texts)
            everything[column] += spent
            line += f"{told(spent):>22}"
        print(line, flush=True)
    print(f"{'all':22}" + "".join(f"{told(spent):>22}" for spent in everything))
    for name, act in {
        "whole catalogue, page 1": lambda _text: catalog.search(among=public)[:20],
        "whole catalogue, page 500": lambda _text: catalog.search(among=public)[9980:10000],
        "its facets": lambda _text: catalog.facets(among=public),
        "page 50 of a common word": lambda _text: catalog.search("信息", among=public)[980:1000],
    }.items():
        print(f"{name:26}{told(timed(act, [''] * 10)):>18}")


def timed(act: Callable[[str], Any], texts: list[str]) -> list[float]:
    """Milliseconds of each call, after one that isn't counted."""
    act(texts[0])
    clock = processors() if "--cpu" in sys.argv else lambda: 1000 * time.perf_counter()
    spent = []
    for text in texts:
        began = clock()
        act(text)
        spent.append(clock() - began)
    return spent


def processors() -> Callable[[], float]:
    """A clock of the milliseconds that this process and the one that serves it spent on a processor; Linux only."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        served = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return lambda: 1000 * time.process_time() + int(served.read_text().split()[0]) / 1e6


def told(spent: list[float]) -> str:
    """The median and the 95th of a hundred."""
    return f"{statistics.median(spent):.1f} / {statistics.quantiles(spent, n=20)[-1]:.1f}"


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    main(numbers[0] if numbers else 100_000, "--keep" in sys.argv)
