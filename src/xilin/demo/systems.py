"""The departments' systems: which rows each holds, and where and in which form it keeps them.

What `leagues/xilingol/sources` connects to; a test compares the two.
"""

from collections.abc import Callable
from dataclasses import dataclass

from xilin.demo.league import League
from xilin.demo.records import Found
from xilin.demo.sources import agriculture, economy, land, offices, pastures, people, series


@dataclass(frozen=True)
class MariaDB:
    """A table of a database on the demo's MariaDB; `variable` holds its address."""

    variable: str
    database: str
    table: str


@dataclass(frozen=True)
class PostgreSQL:
    """A table of a database of its own beside the platform's; `variable` holds its address."""

    variable: str
    database: str
    table: str


@dataclass(frozen=True)
class SQLite:
    """A table of a file below XILIN_SOURCES."""

    path: str
    table: str


@dataclass(frozen=True)
class CSV:
    """A file, or several below XILIN_SOURCES: one a county (of the column `county`), or one a month."""

    path: str
    encoding: str
    county: str = ""
    months: int = 0


@dataclass(frozen=True)
class XLSX:
    """A workbook below XILIN_SOURCES, with lines above its headings."""

    path: str
    sheet: str
    above: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pages:
    """An interface of pages; `body` is its answer with the count and the list to be filled in."""

    variable: str
    path: str
    page: str
    size: str
    body: str

    @property
    def file(self) -> str:
        """The file its rows are kept in."""
        return self.variable.removeprefix("XILIN_SOURCE_").lower() + ".db"


Store = MariaDB | PostgreSQL | SQLite | CSV | XLSX | Pages


@dataclass(frozen=True)
class System:
    """One source: its rows, and where they stand."""

    source: str
    rows: Callable[[League], Found]
    store: Store


SYSTEMS = (
    System("gaj_hukou", people.household_registration, MariaDB("XILIN_SOURCE_GAJ", "gaj", "T_CZRKJBXX")),
    System("wjw_population", people.whole_population, MariaDB("XILIN_SOURCE_WJW", "wjw", "QYRK_JBXX")),
    System("wjw_deaths", people.death_certificates, MariaDB("XILIN_SOURCE_WJW", "wjw", "SWYXZM")),
    System("scjgj_entities", economy.market_entities, MariaDB("XILIN_SOURCE_SCJGJ", "scjgj", "SCZT_JBXX")),
    System("zjj_housing", people.housing, PostgreSQL("XILIN_SOURCE_ZJJ", "zjj", "fw_cqr")),
    System("rsj_insurance", people.social_insurance, PostgreSQL("XILIN_SOURCE_RSJ", "rsj", "ac01")),
    System("zrzyj_parcels", offices.land_parcels, PostgreSQL("XILIN_SOURCE_ZRZYJ", "zrzyj", "zd_jbxx")),
    System("zrzyj_grassland", land.grassland_plots, CSV("zrzyj/caochang.csv", "gb18030")),
    System("zrzyj_poi", land.points_of_interest, CSV("zrzyj/xingqudian.csv", "utf-8-sig")),
    System("zzb_party", people.party_members, SQLite("zzb/dangyuan.db", "DY_JBXX")),
    System("jyj_students", people.pupils, SQLite("jyj/xueji.db", "XS_XJ")),
    System("wjw_institutions", offices.health_institutions, SQLite("wjw/jigou.db", "JG")),
    System("rsj_employment", people.employment, CSV("rsj/jiuye_{}.csv", "gb18030", months=3)),
    System("nmj_herders", offices.herder_households, CSV("nmj/muhu.csv", "gb18030")),
    System("nmj_collectives", agriculture.collectives, PostgreSQL("XILIN_SOURCE_NMJ", "nmj", "jt_jjzz")),
    System("nmj_assets", agriculture.assets, CSV("nmj/zichan.csv", "gb18030")),
    System(
        "nmj_cooperatives",
        agriculture.cooperatives,
        XLSX("nmj/hezuoshe.xlsx", "名录", ("全盟农牧民专业合作社名录",)),
    ),
    System("wjw_health", people.health_records, CSV("wjw/dangan_{}.csv", "utf-8-sig", county="区划代码")),
    System("sfj_correction", people.community_correction, CSV("sfj/jiaozheng.csv", "utf-8-sig")),
    System("xht_grids", offices.grids, CSV("xht/wangge.csv", "utf-8-sig")),
    System("mzj_benefits", people.civil_support, XLSX("mzj/jiuzhu.xlsx", "救助对象", ("社会救助对象名册",))),
    System("jyj_schools", offices.schools, XLSX("jyj/xuexiao.xlsx", "学校")),
    System(
        "tjj_statistics",
        offices.statistics,
        XLSX("tjj/tongji.xlsx", "年度", ("锡林郭勒盟分旗县年度统计", "单位见各行；数据为演示数据")),
    ),
    System("tjj_series", series.released_figures, CSV("tjj/fabu.csv", "gb18030")),
    System("nmj_prices", pastures.market_prices, CSV("nmj/jiage.csv", "gb18030")),
    System("qxj_weather", pastures.weather, CSV("qxj/rizhi.csv", "utf-8-sig")),
    System(
        "xsj_websites", offices.web_sites, XLSX("xsj/wangzhan.xlsx", "普查表", ("全盟政府网站普查情况表",))
    ),
    System(
        "zfw_floating",
        people.floating_population,
        Pages(
            "XILIN_SOURCE_ZFW", "/api/ldrk", "pageNo", "pageSize", '{"code":0,"data":{"total":%d,"list":%s}}'
        ),
    ),
    System(
        "fgw_credit",
        economy.credit_filings,
        Pages("XILIN_SOURCE_FGW", "/credit/filings", "page", "limit", '{"total":%d,"rows":%s}'),
    ),
    System(
        "gxj_sme",
        economy.sme_companies,
        Pages("XILIN_SOURCE_GXJ", "/v2/companies", "page", "per_page", '{"result":{"count":%d,"items":%s}}'),
    ),
)
INTERFACES: dict[str, Pages] = {
    system.store.path: system.store for system in SYSTEMS if isinstance(system.store, Pages)
}
