"""`xilin run`: the way of data from the sources to the indicators, stage by stage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from django.conf import settings
from pyarrow import parquet
from pyarrow.lib import ArrowException
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from xilin.apps.trace.desk.regulator import statistics
from xilin.apps.trace.verdicts.queries import book
from xilin.config.language import language
from xilin.config.league import migrate
from xilin.kernel.collect import actions as collect
from xilin.kernel.collect.errors import AnotherRun
from xilin.kernel.economy import actions as economy
from xilin.kernel.exchange import publishing
from xilin.kernel.exchange.actions import disputes
from xilin.kernel.indicators import actions as indicators
from xilin.kernel.lake import engine, locks
from xilin.kernel.opening import actions as opening
from xilin.kernel.places import actions as places
from xilin.kernel.registry import actions as registry
from xilin.kernel.registry import relations
from xilin.kernel.standards.queries import current_version, declared
from xilin.lib.text import Text

STAGES = {
    "goods": Text(zh="追溯统计", en="Count traceability"),
    "collect": Text(zh="采集与标准化", en="Collect and standardise"),
    "link": Text(zh="关联建库", en="Link registries"),
    "places": Text(zh="地点建库", en="Renew places"),
    "assess": Text(zh="质量评价", en="Assess quality"),
    "publish": Text(zh="发布服务", en="Publish to the gateway"),
    "indicators": Text(zh="计算指标", en="Compute indicators"),
    "economy": Text(zh="发布经济数据", en="Release the economy's figures"),
    "open": Text(zh="开放数据", en="Open data"),
}
HEADS = (
    Text(zh="数据源", en="source"),
    Text(zh="读取", en="read"),
    Text(zh="入库", en="accepted"),
    Text(zh="隔离", en="quarantined"),
    Text(zh="重复", en="duplicate"),
)
NOTHING_APPLIED = Text(
    zh="数据库里还没有任何声明。先执行 xilin apply（或 xilin demo）。",
    en="Nothing is declared in the database yet. Run xilin apply first (or xilin demo).",
)
DETAIL = Text(zh="技术细节：{detail}", en="Technical detail: {detail}")
NO_SOURCE = Text(zh="没有数据源“{name}”。可用：{known}。", en="There is no source {name}. Known: {known}.")


TRUTH = ("source", "key", "entity")
NO_TRUTH = Text(
    zh="{code}：没有真值文件 {file}，无法评分。", en="{code}: there is no truth in {file} to score against."
)
NO_FOLDER = Text(
    zh="{folder} 不是文件夹。--truth 要给存放 <基础库>.parquet 的文件夹。",
    en="{folder} is no folder. --truth takes the folder that holds <registry>.parquet files.",
)
NOT_PARQUET = Text(
    zh="{file} 不是可读的 Parquet 文件。真值文件须为 Parquet，含列 source、key、entity。",
    en="{file} is no Parquet file that can be read. A truth is Parquet with the columns source, key and entity.",
)
NOT_TRUTH = Text(
    zh="{file} 缺少列 {missing}（现有：{found}）。真值文件须含 source（数据源）、key（记录主键）、entity（同一实体同一值）。",
    en="{file} lacks the columns {missing} (it has {found}). A truth has source (its code), key (the record's) and entity "
    "(the same for the same thing).",
)


# The source of the figures that the platform counts itself from events of goods.
GOODS = "trace_figures"


@dataclass
class Summary:
    """What a run did, for the last lines a person reads."""

    batches: list[Any] = field(default_factory=list)
    links: list[Any] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def refused(self) -> list[Any]:
        """The batches that did not come through."""
        return [batch for batch in self.batches if batch.state != "done"]


@contextmanager
def bars(console: Console) -> Iterator[Progress]:
    """Progress bars, one a stage; plain lines where nobody watches a terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[now]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield progress


def stage(progress: Progress, title: str, steps: list[str], work: Callable[[str], object]) -> float:
    """Carry out a stage's steps under one bar; seconds taken."""
    begun = datetime.now(UTC)
    task = progress.add_task(f"{title:<12}", total=len(steps) or 1, now="")
    for step in steps:
        progress.update(task, now=step)
        work(step)
        progress.advance(task)
    progress.update(task, now="", completed=len(steps) or 1)
    seconds = (datetime.now(UTC) - begun).total_seconds()
    if not progress.console.is_terminal:
        progress.console.print(f"{title}: {len(steps)} · {seconds:.1f} s")
    return seconds


def run(
    progress: Progress,
    *,
    sources: list[str] | None = None,
    midway: Callable[[], object] | None = None,
) -> Summary:
    """Mend what a crash left, collect every source (or those named), link, assess, publish, compute.

    A source that is refused stops nothing else; it is told in the summary. `midway` is done when the registries are
    linked: what comes of it is in the figures of goods, which are counted after it.

    Raises:
        AnotherRun: one is at work already; the two would link and publish each other's halves.
    """
    with locks.held("run", wait=False) as ours:
        if not ours:
            raise AnotherRun
        return _run(progress, sources, midway)


def _run(
    progress: Progress, sources: list[str] | None, midway: Callable[[], object] | None = None
) -> Summary:
    said = {name: text.of(language()) for name, text in STAGES.items()}
    summary = Summary()
    now = datetime.now(UTC)
    collect.recover(now)

    def one(source: str) -> None:
        summary.batches.append(collect.collect(source, at=datetime.now(UTC)))

    def goods() -> None:
        summary.seconds["goods"] = stage(progress, said["goods"], ["·"], lambda _: count_goods())

    wanted = sources or sorted(declared("source"))
    if GOODS in wanted and midway is None:
        goods()
    first = [source for source in wanted if source != GOODS or midway is None]
    summary.seconds["collect"] = stage(progress, said["collect"], first, one)
    con = engine.connect(settings.MEMORY_MB)

    def link(code: str) -> None:
        summary.links.append(registry.link(code, at=datetime.now(UTC), con=con))

    summary.seconds["link"] = stage(progress, said["link"], sorted(declared("registry")), link)
    # Relations need every registry linked.
    for code, value in declared("registry").items():
        if value.relation:
            relations.relate(code, at=datetime.now(UTC), con=con)
    summary.seconds["places"] = stage(
        progress,
        said["places"],
        list(declared("place_collection")),
        lambda code: places.build(code, con=con, at=datetime.now(UTC)),
    )
    if midway is not None:
        midway()
        if GOODS in wanted:
            goods()
            one(GOODS)
    summary.seconds["assess"] = stage(
        progress, said["assess"], ["·"], lambda _: collect.assess(con, at=datetime.now(UTC))
    )
    served = [
        code for code, resource in declared("resource").items() if resource.lookup and not resource.base
    ]
    summary.seconds["publish"] = stage(
        progress,
        said["publish"],
        served,
        lambda code: publishing.publish(code, con=con, at=datetime.now(UTC)),
    )
    disputes.settle(at=datetime.now(UTC))
    summary.seconds["indicators"] = stage(
        progress, said["indicators"], ["·"], lambda _: indicators.compute(con, at=datetime.now(UTC))
    )
    summary.seconds["economy"] = stage(
        progress, said["economy"], ["·"], lambda _: economy.release(con, at=datetime.now(UTC))
    )
    summary.seconds["open"] = stage(
        progress, said["open"], ["·"], lambda _: opening.release_all(con, at=datetime.now(UTC))
    )
    return summary


def count_goods() -> None:
    """Count traceability, and write what the source of its figures reads."""
    at = datetime.now(UTC)
    statistics.count(book(at), at=at)


def show(console: Console, summary: Summary) -> None:
    """The batches with their counts, and what was refused and why."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for index, head in enumerate(HEADS):
        table.add_column(head.of(language()), justify="right" if index else "left")
    for batch in summary.batches:
        counts = (batch.rows_read, batch.rows_accepted, batch.rows_quarantined, batch.rows_duplicate)
        table.add_row(batch.source, *(f"{count:,}" for count in counts))
    console.print(table)
    for batch in summary.batches:
        for note in batch.notes(language()):
            console.print(f"[yellow]{batch.source}[/yellow] {escape(note)}", soft_wrap=True)
    for batch in summary.refused:
        said = escape(batch.message(language()))
        console.print(f"[red]{batch.source}[/red] {said}", soft_wrap=True)
        if batch.detail:
            detail = DETAIL.filled({"detail": batch.detail}).of(language())
            console.print(detail, style="dim", markup=False, highlight=False, soft_wrap=True)


def ready() -> None:
    """Bring the tables up to date; exit 1 in words where no league folder was ever applied."""
    migrate()
    if current_version() is None:
        typer.echo(NOTHING_APPLIED.of(language()), err=True)
        raise typer.Exit(1)


def run_command(
    source: Annotated[
        list[str] | None, typer.Argument(help="Sources to collect; all where none is named.")
    ] = None,
) -> None:
    """Run the way of data: collect, standardise, link, assess, publish, compute."""
    console = Console()
    ready()
    known = sorted(declared("source"))
    for name in source or ():
        if name not in known:
            said = NO_SOURCE.filled({"name": name, "known": ", ".join(known)}).of(language())
            console.print(said, markup=False)
            raise typer.Exit(2)
    with bars(console) as progress:
        summary = run(progress, sources=source)
    show(console, summary)
    raise typer.Exit(1 if summary.refused else 0)


def give_up(words: Text, **facts: object) -> NoReturn:
    """End the command in words, exit 1."""
    typer.echo(words.filled(facts).of(language()), err=True)
    raise typer.Exit(1)


def check_truth(file: Path) -> None:
    """Exit 1 in words where a file can't be the truth of a registry: no Parquet, or without its columns."""
    try:
        names = parquet.read_schema(file).names
    except (OSError, ArrowException):
        give_up(NOT_PARQUET, file=file)
    if missing := [name for name in TRUTH if name not in names]:
        give_up(NOT_TRUTH, file=file, missing=", ".join(missing), found=", ".join(names))


def score(
    truth: Annotated[
        Path | None, typer.Option(help="Folder of <registry>.parquet files; the demo's where left out.")
    ] = None,
) -> None:
    """Compare the base registries with the truth: pairwise precision, recall and F1, and counts."""
    ready()
    folder = truth or Path(settings.HOME) / "demo" / "truth"
    if truth is not None and not truth.is_dir():
        give_up(NO_FOLDER, folder=truth)
    con = engine.connect(settings.MEMORY_MB)
    for code, value in declared("registry").items():
        known = folder / f"{code}.parquet"
        if not known.exists() and not value.truth_column and not value.truth_pairs:
            give_up(NO_TRUTH, code=code, file=known)
        if known.exists():
            check_truth(known)
        typer.echo(registry.score(code, known if known.exists() else None, con).told(language()))


def report(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to write; XILIN_HOME/report where left out.")
    ] = None,
    note: Annotated[str, typer.Option(help="A sentence under the title.")] = "",
) -> None:
    """Write the status report as HTML, DOCX and PDF, in Chinese, Mongolian and English."""
    from xilin.kernel.indicators import report as writer

    ready()
    for wanted in writer.LANGUAGES:
        for path in writer.write(folder or Path(settings.HOME) / "report", wanted, datetime.now(UTC), note):
            typer.echo(path)
    if not writer.printer():
        missing = writer.NoPrinter()
        typer.echo(f"{missing} {missing.advice}", err=True)
