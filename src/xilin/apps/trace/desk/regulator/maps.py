"""The regulator's layer of the map: chains and looks by banner, for departments that oversee goods and the auditor."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Max, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from xilin.apps.trace.desk.regulator.statistics import COUNTED, TOGETHER
from xilin.apps.trace.desk.regulator.watch import watch_of
from xilin.apps.trace.models import Figure
from xilin.lib.text import Text
from xilin.web.maps import Choice, Layer, Option, Shaded

MEASURES = {
    "looks": (Text(zh="查验次数", en="Looks"), Text(zh="次", en="looks")),
    "looks_warned": (Text(zh="提醒或报假的查验", en="Looks that warned"), Text(zh="次", en="looks")),
    "lambs_tagged": (Text(zh="登记耳标的羔羊", en="Lambs tagged"), Text(zh="只", en="head")),
    "lambs_slaughtered": (Text(zh="屠宰的羔羊", en="Lambs slaughtered"), Text(zh="只", en="head")),
    "carcasses": (Text(zh="胴体", en="Carcasses"), Text(zh="只", en="carcasses")),
    "carcasses_traced": (Text(zh="可溯到牧户的胴体", en="Carcasses traced"), Text(zh="只", en="carcasses")),
    "households": (Text(zh="登记耳标的牧户", en="Households that tag"), Text(zh="户", en="households")),
}
WORDS = {
    "name": Text(zh="商品链与查验", en="Chains of goods and looks"),
    "group": Text(zh="追溯", en="Traceability"),
    "measure": Text(zh="指标", en="Measure"),
    "period": Text(zh="年份", en="Year"),
    "whole": Text(zh="全部年份", en="All years"),
    "about": Text(zh="按旗县汇总，不含盟外。", en="Sums by banner, within the league."),
    "source": Text(zh="追溯统计", en="Figures of traceability"),
}


def layers(request: HttpRequest) -> Sequence[Layer]:
    """One layer with what is counted by banner, for whoever oversees goods; nothing for anybody else."""
    if watch_of(request.user) is None:
        return []
    language = get_language() or ""
    words = {name: text.of(language) for name, text in WORDS.items()}
    months = Figure.objects.exclude(area="").order_by().dates("month", "year", order="DESC")
    years = [Option("all", words["whole"]), *(Option(str(one.year), str(one.year)) for one in months)]
    measures = tuple(Option(code, name.of(language)) for code, (name, _unit) in MEASURES.items())
    return [
        Layer(
            code="chains",
            name=words["name"],
            group=words["group"],
            over="counties",
            values=values,
            choices=(
                Choice("measure", words["measure"], measures),
                Choice("year", words["period"], tuple(years)),
            ),
            summary=words["about"],
        )
    ]


def values(picked: Mapping[str, str]) -> Shaded:
    """A measure of a year, or of all years, by banner, as it was last counted."""
    language, measure = get_language() or "", picked["measure"]
    rows = Figure.objects.filter(measure__in=TOGETHER.get(measure, (measure,))).exclude(area="")
    if picked["year"] != "all":
        rows = rows.filter(month__year=int(picked["year"]))
    found = rows.order_by().values_list("area").annotate(Sum("value"))
    name, unit = MEASURES[measure]
    counted: datetime | None = Figure.objects.filter(measure=COUNTED).aggregate(at=Max("counted_at"))["at"]
    return Shaded(
        name=name.of(language),
        values={f"{area}000000": value for area, value in found},
        unit=unit.of(language),
        source=WORDS["source"].of(language),
        as_of=f"{timezone.localtime(counted):%Y-%m-%d}" if counted else "",
        href=reverse("goods:regulator:chains"),
    )
