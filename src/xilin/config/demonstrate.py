"""`xilin demo` and `xilin pictures`: the main job from departments' islands to a served portal, in one command."""

import fcntl
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated

import psycopg
import typer
from django.conf import settings
from django.db import OperationalError, connections
from django.utils import timezone, translation
from rich.console import Console
from rich.progress import Progress

from xilin.config import demo_witnesses
from xilin.config.anew import begin_anew
from xilin.config.database import lost
from xilin.config.language import language
from xilin.config.league import carry_out, load, migrate
from xilin.config.run import bars, run, show, stage
from xilin.config.serve import Processes, until_answers
from xilin.demo import accounts, building, citizens, fallback, first_steps, reported, sharing, systems
from xilin.demo.chain import hands, producers, recalling, releasing, showing
from xilin.demo.servers import mariadb, ports
from xilin.kernel.accounts.models import User
from xilin.kernel.audit import cosigning, durability
from xilin.kernel.indicators import report as writer
from xilin.kernel.lake import engine
from xilin.lib.errors import Refusal
from xilin.lib.text import Text

LEAGUE = Path("leagues") / "xilingol"
LARGEST = 3.0
CHAIN_AT_MOST = 0.05
"""The chain's scale where none is asked for: a whole season is 2.7 million events, told one after another."""
CHECKS_PORT = 8003
STAGES = {
    "database": Text(zh="准备数据库", en="Database"),
    "systems": Text(zh="部门系统", en="Systems"),
    "apply": Text(zh="声明生效", en="Declarations"),
    "report": Text(zh="现状报告", en="Report"),
    "chain": Text(zh="羊肉追溯链", en="Mutton's chain"),
    "share": Text(zh="合法共享", en="Lawful look-up"),
}
NOTE = Text(
    zh="演示数据：由程序生成，不涉及任何真实的人和单位。",
    en="Demonstration: generated data about nobody and no organisation there is.",
)
WORDS = {
    "scale": Text(zh="--scale 须大于 0 且不超过 {largest}。", en="--scale must be above 0 and at most {largest}."),
    "chain_scale": Text(
        zh="--chain-scale 须大于 0 且不超过 {largest}。", en="--chain-scale must be above 0 and at most {largest}."
    ),
    "smaller": Text(
        zh="羊肉追溯链的规模为 {scale}，全盟为 {whole}（用 --chain-scale 另定）。",
        en="Mutton's chain is told at scale {scale}, the league at {whole} (--chain-scale sets another).",
    ),
    "busy": Text(
        zh="这个目录正由另一个演示使用：{home}。先停止它，或用 XILIN_HOME 另指一个目录。",
        en="Another demo is using {home}. Stop it first, or name another folder by XILIN_HOME.",
    ),
    "anew": Text(
        zh="现有的演示数据与所要的不同（种子、规模或程序版本），从头开始。",
        en="The demo that stands here is another one (seed, scale or version of the program); beginning again.",
    ),
    "not_ours": Text(
        zh="XILIN_DATABASE_URL 所指数据库里已有另一个演示。确认可以清空后，加 --fresh 重来。",
        en="The database of XILIN_DATABASE_URL holds another demo. Add --fresh if it may be emptied.",
    ),
    "league": Text(zh="演示只适用于 {league}。", en="The demo is one of {league} only."),
    "installing": Text(
        zh="本机没有 MariaDB：正从发行版安装 {packages}（不启动系统服务；--no-install 可跳过）……",
        en="MariaDB is not on this machine: installing {packages} from the distribution (no service is started; "
        "--no-install skips this) ...",
    ),
    "no_mariadb": Text(
        zh="本机没有 MariaDB：它的四个数据源改用 SQLite，其余不变。要完整的六种形式：apt-get install {packages}",
        en="MariaDB is not on this machine: its four sources stand in SQLite instead, nothing else differs. For all "
        "six forms: apt-get install {packages}",
    ),
    "mariadb_failed": Text(zh="MariaDB 起不来，改用 SQLite：{why}", en="MariaDB did not start; SQLite instead: {why}"),
    "install_failed": Text(zh="安装没有成功：{why}", en="The installation failed: {why}"),
    "watch": Text(zh="门户正在启动，可以边等边看：{site}cockpit/", en="The portal is starting; watch at {site}cockpit/"),
    "kept": Text(zh="部门系统已在，沿用。", en="The systems stand already."),
    "port": Text(zh="端口 {port} 已被占用，改用 {other}。", en="Port {port} is in use; {other} instead."),
    "applied": Text(
        zh="声明：第 {number} 版，{count} 项变更。", en="Declarations: version {number}, {count} changes."
    ),
    "unchanged": Text(zh="声明：与数据库一致。", en="Declarations: the database says the same."),
    "no_answer": Text(zh="{name} 没有应答。", en="{name} does not answer."),
    "no_share": Text(zh="这次没有演示共享：{why}", en="No look-up was shown: {why}"),
    "stopped": Text(zh="已停止。", en="Stopped."),
    "ended": Text(zh="进程 {name} 意外结束。", en="The process {name} ended by itself."),
    "denied": Text(
        zh="数据库用户无权建库。请授予 CREATEDB 权限，或不设 XILIN_DATABASE_URL 而用自带的数据库。\n  原话：{why}",
        en="The database's user may not make databases. Grant CREATEDB, or leave XILIN_DATABASE_URL out and use the embedded one.\n"
        "  In its own words: {why}",
    ),
}  # fmt: skip


class Demo:
    """One run of the command: where it works, how it speaks, what it started."""

    def __init__(self, *, port: int, gateway_port: int) -> None:
        self.home = Path(settings.HOME)
        self.url = os.environ["XILIN_DATABASE_URL"]
        self.console = Console()
        self.processes = Processes()
        self.running: building.Running | None = None
        self.port = self._port(port)
        self.gateway_port = self._port(gateway_port)
        self.site = f"http://127.0.0.1:{self.port}/"
        self.gateway = f"http://127.0.0.1:{self.gateway_port}/"
        self.checks_port = self._port(CHECKS_PORT)
        self.checks = f"http://127.0.0.1:{self.checks_port}/"

    def say(self, word: str, style: str = "", **facts: object) -> None:
        """A sentence of WORDS in the reader's language."""
        self.console.print(WORDS[word].filled(facts).of(language()), style=style or None, highlight=False)

    def title(self, name: str) -> str:
        """A stage's name."""
        return STAGES[name].of(language())

    def _port(self, wanted: int) -> int:
        """The port, or another one where somebody has taken it."""
        found = ports.free(wanted)
        if found != wanted:
            self.say("port", "yellow", port=wanted, other=found)
        return found

    def stop(self) -> None:
        """End everything this run started."""
        self.processes.stop()
        if self.running is not None:
            self.running.stop()


def demo(
    scale: Annotated[float, typer.Option(help="1 is the whole league: 1,179,100 people.")] = 0.01,
    chain_scale: Annotated[
        float | None,
        typer.Option(
            help="Scale of the season of mutton; the league's where left out, but at most 0.05.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal data.")] = 2016,
    port: Annotated[int, typer.Option(help="Port of the portal.")] = 8000,
    gateway_port: Annotated[int, typer.Option(help="Port of the gateway.")] = 8001,
    fresh: Annotated[bool, typer.Option("--fresh", help="Empty the database and the lake first.")] = False,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End when everything is built.")] = False,
    no_install: Annotated[bool, typer.Option("--no-install", help="Install no MariaDB.")] = False,
    only_systems: Annotated[
        bool, typer.Option("--only-systems", help="Serve the departments' systems only, for `xilin run`.")
    ] = False,
) -> None:
    """Show the main job: build the departments' systems, collect, link, share, report, and serve it all."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    one = Demo(port=port, gateway_port=gateway_port)
    if not 0 < scale <= LARGEST:
        one.say("scale", "red", largest=LARGEST)
        raise typer.Exit(2)
    chain = min(scale, CHAIN_AT_MOST) if chain_scale is None else chain_scale
    if not 0 < chain <= LARGEST:
        one.say("chain_scale", "red", largest=LARGEST)
        raise typer.Exit(2)
    try:
        with _alone(one), translation.override(language()):
            _carry_out(one, scale, chain, seed, fresh, no_install, only_systems, serve=not no_serve)
    except Refusal as refusal:
        one.console.print(f"[red]{refusal}[/red] {refusal.advice}")
        raise typer.Exit(1) from None
    except psycopg.errors.InsufficientPrivilege as error:
        one.say("denied", "red", why=str(error).strip())
        raise typer.Exit(1) from None
    except (psycopg.OperationalError, OperationalError) as error:
        if (words := lost(error)) is None:
            raise
        one.console.print(words.of(language()), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        one.console.print()
    finally:
        one.stop()
        one.say("stopped", "dim")


@contextmanager
def _alone(one: Demo) -> Iterator[None]:
    """Nobody else's demo in this home meanwhile."""
    one.home.mkdir(parents=True, exist_ok=True)
    lock: IO[str]
    with (one.home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            one.say("busy", "red", home=one.home)
            raise typer.Exit(1) from None
        yield


def _carry_out(
    one: Demo,
    scale: float,
    chain: float,
    seed: int,
    fresh: bool,
    no_install: bool,
    only_systems: bool,
    *,
    serve: bool,
) -> None:
    original = _league_folder(one)
    with bars(one.console) as progress:
        stands = _prepare(one, progress, original, scale, seed, fresh)
        folder = _systems(one, progress, original, scale, seed, stands, no_install)
        if not only_systems:
            _declarations(one, progress, folder)
            _start_processes(one, serve=serve)
            summary = run(progress, midway=lambda: _chain(one, progress, folder, scale, chain, seed))
            _report(one, progress)
            people, told = _share(one, progress, serve=serve)
    if not only_systems:
        show(one.console, summary)
        _tell(one, people, told, serve=serve)
    if serve or only_systems:
        _wait(one)


def _league_folder(one: Demo) -> Path:
    """The league folder the demo is of; never the copy that an earlier demo made."""
    folder = Path(settings.LEAGUE)
    if folder == fallback.folder(one.home):
        folder = Path(settings.ROOT) / LEAGUE
    sources = {path.stem for path in (folder / "sources").glob("*.toml")}
    if not {system.source for system in systems.SYSTEMS} <= sources:
        one.say("league", "red", league=LEAGUE)
        raise typer.Exit(1)
    return folder


def _prepare(one: Demo, progress: Progress, folder: Path, scale: float, seed: int, fresh: bool) -> bool:
    """Whether the systems stand already; what is of another demo is removed, and the database brought up to date."""
    stands = not fresh and building.stands(one.home, one.url, folder, seed=seed, scale=scale)

    def work(_: str) -> None:
        if fresh or (not stands and building.made(one.home) is not None):
            _anew(one, fresh)
        migrate()
        durability.check()

    stage(progress, one.title("database"), ["·"], work)
    return stands


def _anew(one: Demo, fresh: bool) -> None:
    if not fresh:
        if f"host={one.home / 'pg'}" not in one.url:
            one.say("not_ours", "red")
            raise typer.Exit(1)
        one.say("anew", "yellow")
    connections.close_all()
    begin_anew(one.home, one.url)


def _systems(
    one: Demo, progress: Progress, original: Path, scale: float, seed: int, stands: bool, no_install: bool
) -> Path:
    """Build and start the departments' systems; the league folder that connects to them."""
    before = building.made(one.home) if stands else None
    wanted = before.mariadb if before else _mariadb(one, no_install)
    try:
        one.running = building.start(one.home, one.url, with_mariadb=wanted)
    except RuntimeError as error:
        if before or not wanted:
            raise
        one.say("mariadb_failed", "yellow", why=error)
        one.running = building.start(one.home, one.url, with_mariadb=False)
    folder = original
    if one.running.database is None:
        folder = fallback.folder(one.home)
        fallback.copy(original, folder)
    if before:
        one.say("kept", "dim")
        return folder
    as_of = timezone.localdate(datetime.now(UTC))
    build: building.Build | None = None
    running = one.running

    def work(source: str) -> None:
        nonlocal build
        if build is None:
            build = building.Build(running, one.url, original, seed=seed, scale=scale, as_of=as_of)
        build.write(source)

    stage(progress, one.title("systems"), [system.source for system in systems.SYSTEMS], work)
    if build is not None:
        build.finish()
    return folder


def _mariadb(one: Demo, no_install: bool) -> bool:
    """Whether MariaDB is there, or could be installed."""
    packages = " ".join(mariadb.PACKAGES)
    if not mariadb.available() and not no_install and mariadb.installable():
        one.say("installing", "yellow", packages=packages)
        if why := mariadb.install():
            one.say("install_failed", "yellow", why=why)
    if not mariadb.available():
        one.say("no_mariadb", "yellow", packages=packages)
    return mariadb.available()


def _declarations(one: Demo, progress: Progress, folder: Path) -> None:
    def work(_: str) -> None:
        version, changes = carry_out(load(folder), at=datetime.now(UTC))
        if version is None:
            one.say("unchanged", "dim")
        else:
            one.say("applied", "dim", number=version.number, count=len(changes))

    stage(progress, one.title("apply"), ["·"], work)


def _report(one: Demo, progress: Progress) -> None:
    at = datetime.now(UTC)
    folder = one.home / "report"

    def work(wanted: str) -> None:
        writer.write(folder, wanted, at, NOTE.of(wanted))

    stage(progress, one.title("report"), list(writer.LANGUAGES), work)


def _chain(one: Demo, progress: Progress, folder: Path, scale: float, chain: float, seed: int) -> None:
    """Tell a season of mutton to the platform, once, at a scale of its own."""
    made = building.made(one.home)
    if made is None or showing.stands():
        return
    if chain != scale:
        one.say("smaller", "dim", scale=f"{chain:g}", whole=f"{scale:g}")
    begun = datetime.now(UTC)
    season = showing.season(seed, chain, made.as_of, folder)
    showing.with_codes(season, one.site.rstrip("/"))
    task = progress.add_task(f"{one.title('chain'):<12}", total=season.expected, now="")
    told = showing.show(
        season,
        one.home,
        folder,
        tell=lambda count: progress.update(task, completed=min(count, season.expected)),
    )
    looked = showing.look(season, chain, one.site.rstrip("/"), one.home)
    progress.update(task, total=told + looked, completed=told + looked)
    if not progress.console.is_terminal:
        progress.console.print(
            f"{one.title('chain')}: {told} + {looked} · {(datetime.now(UTC) - begun).total_seconds():.1f} s"
        )


def _start_processes(one: Demo, *, serve: bool) -> None:
    """Start gateway and portal; they come up while data is collected, and the cockpit shows it."""
    one.processes.start("gateway", one.gateway_port)
    os.environ.setdefault("XILIN_GATEWAY_REACHED", one.gateway.rstrip("/"))
    if serve:
        one.processes.start("web", one.port)
        demo_witnesses.start(one.home, one.processes)
        one.say("watch", "dim", site=one.site)


def _share(
    one: Demo, progress: Progress, *, serve: bool
) -> tuple[list[accounts.Account], sharing.Told | None]:
    """Make the accounts, carry out the look-up, see that all is served."""
    people: list[accounts.Account] = []
    told: list[sharing.Told | None] = []
    if serve:
        one.processes.start("worker")
        one.processes.start("verify", one.checks_port)
    steps: dict[str, Callable[[], object]] = {
        "accounts": lambda: people.extend(accounts.make(one.home, at=datetime.now(UTC))),
        "producers": lambda: people.extend(producers.make(one.home, at=datetime.now(UTC))),
        "hands": lambda: people.extend(hands.make(one.home, at=datetime.now(UTC))),
        "recalls": lambda: recalling.make(at=datetime.now(UTC)),
        "releases": lambda: releasing.make(one.site.rstrip("/"), at=datetime.now(UTC)),
        "reports": lambda: reported.make(one.home, at=datetime.now(UTC)),
        "gateway": lambda: _answers(one, "gateway", f"{one.gateway}v1/openapi.json"),
        "look-up": lambda: told.append(_look_up(one)),
        "citizen": lambda: people.extend(_citizen(one)),
        **({"witnesses": lambda: cosigning.collect(at=datetime.now(UTC))} if serve else {}),
        **({"verify": lambda: _answers(one, "verify", f"{one.checks}health")} if serve else {}),
        **({"web": lambda: _answers(one, "web", one.site)} if serve else {}),
    }
    stage(progress, one.title("share"), list(steps), lambda step: steps[step]())
    return people, told[0]


def _answers(one: Demo, name: str, address: str) -> None:
    """Wait for a process; in words where it doesn't answer."""
    if not until_answers(address, 60):
        one.say("no_answer", "red", name=name)
        raise typer.Exit(1)


def _citizen(one: Demo) -> list[accounts.Account]:
    """The account of whoever was looked up, so that they see it on their own page; nothing where nobody was."""
    try:
        number = sharing.applicant(engine.connect(settings.MEMORY_MB))
    except LookupError:
        return []
    return citizens.make(one.home, number, at=datetime.now(UTC))


def _look_up(one: Demo) -> sharing.Told | None:
    """The lawful look-up; None, and why in words, where it came to nothing."""
    names = {user.username: user for user in User.objects.select_related("department")}
    try:
        return sharing.tell(
            one.home,
            one.gateway,
            engine.connect(settings.MEMORY_MB),
            asker=names["mzj_steward"],
            approver=names["gaj_approver"],
            at=datetime.now(UTC),
        )
    except (LookupError, RuntimeError) as error:
        one.say("no_share", "red", why=error)
        return None


def _tell(one: Demo, people: list[accounts.Account], told: sharing.Told | None, *, serve: bool) -> None:
    """The first steps."""
    said = first_steps.text(
        language(),
        site=one.site,
        gateway=one.gateway,
        checks=one.checks,
        report=one.home / "report",
        accounts=people,
        accounts_file=accounts.path(one.home),
        told=told,
        served=serve,
    )
    one.console.print(said, highlight=False, soft_wrap=True)


def _wait(one: Demo) -> None:
    """Until Ctrl-C, or until a process ends by itself."""
    name = one.processes.wait()
    one.say("ended", "red", name=name)
    raise typer.Exit(1)


def pictures(
    site: Annotated[str, typer.Option(help="Address of a running site.")] = "http://127.0.0.1:8000",
    account: Annotated[
        list[str] | None,
        typer.Option(help="Who signs in to the desk, one after another; names of the demo's."),
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where the pictures go.")] = Path("docs") / "pictures",
    page: Annotated[
        list[str] | None, typer.Option(help="Only the pages of these names, one after another.")
    ] = None,
) -> None:
    """Take a picture of every page of a running site, at both widths and in both languages."""
    from xilin.apps.portal.pictures import take

    known = accounts.kept(Path(settings.HOME))
    people = [(name, known.get(name) or typer.prompt(name, hide_input=True)) for name in account or ()]
    taken = take(site.rstrip("/"), folder, accounts=people, only=page or (), tell=typer.echo)
    typer.echo(len(taken))
