"""`xilin witness`: a witness of logs, in a folder of its own, without the platform's database."""

import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from xilin.config.language import language
from xilin.config.start import home
from xilin.kernel.audit.keys import Signer, is_origin, kept, new_key, read_key
from xilin.kernel.audit.verifier import COSIGNING, Invalid
from xilin.kernel.audit.witness.book import Book, Unreadable
from xilin.kernel.audit.witness.judging import Witness
from xilin.kernel.audit.witness.server import Server
from xilin.lib.environment import BadSetting, folder, text
from xilin.lib.text import Text

OPEN = Text(
    zh="{path} 其他人也能读取。请执行 chmod 600 {path}；若密钥可能已泄露，请换用新的见证方。",
    en="{path} can be read by others. Run chmod 600 {path}; where the key may have leaked, begin a new witness.",
)
SPOILT = Text(
    zh="{path} 不是见证方密钥。请从备份恢复。",
    en="{path} holds no key of a witness. Restore it from its backup.",
)
UNREADABLE = Text(
    zh="见证记录 {name} 无法读取或被改动。请换用新的见证方（新目录、新密钥）；旧备份会忘记此后见证过的内容，不要恢复。",
    en="The memory {name} can't be read or was changed. Begin a new witness, with a folder and a key of its own; an older "
    "copy would forget what was cosigned since.",
)
TRUSTED = Text(zh="已认得日志 {origin}。", en="The log {origin} is known now.")
KNOWN = Text(zh="日志 {origin} 的这个公钥早已认得。", en="That key of the log {origin} is known already.")
NO_KEY = Text(
    zh="这不是日志的验证公钥。请给出 xilin audit key 打印的那一行。",
    en="This is no log's verifier key. Give the line that xilin audit key prints.",
)
NONE = Text(
    zh="还不认得任何日志。请执行 xilin witness trust 公钥。",
    en="No log is known yet. Run xilin witness trust KEY.",
)
LISTENS = Text(zh="见证方 {name} 在 {address} 等候。", en="The witness {name} listens at {address}.")
REFUSED = Text(
    zh="拒绝过 {n} 个有签名却不是延伸的检查点，见 {folder}。",
    en="{n} checkpoints were refused that were signed and still no extension: {folder}.",
)

app = typer.Typer(
    no_args_is_help=True, help="A witness: cosigns a log's checkpoints as long as it only grows."
)


@app.callback()
def root() -> None:
    """A witness: cosigns a log's checkpoints as long as it only grows."""


@app.command()
def key() -> None:
    """Print the witness's verifier key, made once; the log's keeper and whoever verifies need it."""
    typer.echo(signer().verifier_key)


@app.command()
def trust(
    log: Annotated[str, typer.Argument(metavar="KEY", help="The log's verifier key, or a file with it.")],
) -> None:
    """Know a log from now on, by the key that `xilin audit key` prints at its keeper's."""
    given = Path(log).read_text("utf-8").strip() if Path(log).is_file() else log
    try:
        new = memory().trust(given)
    except Invalid:
        _end(NO_KEY)
    except Unreadable as error:
        _end(UNREADABLE.filled({"name": error}))
    typer.echo((TRUSTED if new else KNOWN).filled({"origin": given.split("+", 1)[0]}).of(language()))


@app.command()
def logs() -> None:
    """List the logs that are known, each with the size that was last cosigned."""
    book = memory()
    try:
        known = book.logs()
    except Unreadable as error:
        _end(UNREADABLE.filled({"name": error}))
    for one in known:
        typer.echo(f"{one.size:>12}  {one.origin}")
    if not known:
        typer.echo(NONE.of(language()))
    if n := book.refused():
        typer.echo(REFUSED.filled({"n": n, "folder": place() / "logs" / "refused"}).of(language()))


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8010,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Answer `POST /add-checkpoint` (C2SP tlog-witness) until a signal ends it."""
    book = memory()
    try:
        book.logs()
    except Unreadable as error:
        _end(UNREADABLE.filled({"name": error}))
    with Server((host, port), Witness(signer(), book)) as server:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{server.server_address[1]}"
        typer.echo(LISTENS.filled({"name": signer().origin, "address": address}).of(language()))
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            server.serve_forever()


def place() -> Path:
    """The witness's folder."""
    return folder("XILIN_WITNESS_HOME", home() / "witness")


def signer() -> Signer:
    """The witness's key: XILIN_WITNESS_KEY, else the one kept in its folder, made once; exits where it can't be used."""
    if given := text("XILIN_WITNESS_KEY"):
        try:
            return read_key(given, COSIGNING)
        except ValueError:
            raise BadSetting(
                "XILIN_WITNESS_KEY", "…", "write PRIVATE+KEY+name+hash+key of a witness"
            ) from None
    name = text("XILIN_WITNESS_NAME") or f"{socket.gethostname()}/witness"
    if not is_origin(name):
        raise BadSetting("XILIN_WITNESS_NAME", name, "write a name without spaces and plus signs")
    path = place() / "key"
    found = kept(path, lambda: new_key(name, COSIGNING).encode())
    if os.stat(path).st_mode & 0o077:
        _end(OPEN.filled({"path": path}))
    try:
        return read_key(found.decode(), COSIGNING)
    except ValueError:
        _end(SPOILT.filled({"path": path}))


def memory() -> Book:
    """What the witness remembers."""
    return Book(place() / "logs", signer().verifier_key)


def _end(why: Text) -> NoReturn:
    typer.echo(why.of(language()), err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
