"""A MariaDB server of the demo's own: found or installed, laid out, started, stopped."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pymysql

from xilin.demo.servers import ports
from xilin.demo.stores import mariadb as store

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/usr/libexec"])
PACKAGES = ("mariadb-server-core", "mariadb-client-core")  # without the service that mariadb-server starts
USER = "xilin"
# Small, and without the promises a department's real server keeps: the demo can build its data again.
OPTIONS = (
    "--skip-name-resolve", "--skip-log-bin", "--performance-schema=OFF", "--innodb-buffer-pool-size=128M",
    "--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=64M", "--innodb-doublewrite=0",
    "--innodb-fast-shutdown=2", "--max-allowed-packet=64M", "--secure-file-priv=", "--local-infile=0",
    "--bind-address=127.0.0.1", "--socket=mysql.sock", "--pid-file=mysql.pid",
)  # fmt: skip


@dataclass
class Server:
    """A running server; `process` is None where one of an earlier demo still ran and was taken over."""

    data: Path
    port: int
    password: str
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, database: str) -> str:
        """The address of a database, with the password."""
        return f"mysql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
        else:
            stop_left(self.data.parent)


def stop_left(folder: Path) -> None:
    """End a server that an earlier demo left running in a folder, and wait until it has ended."""
    if pid := _pid(folder / "data"):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 30
    while _pid(folder / "data") and time.monotonic() < deadline:
        time.sleep(0.1)


def program(name: str) -> str | None:
    """Where a program of MariaDB stands on this machine."""
    return shutil.which(name, path=PATH)


def available() -> bool:
    """Whether MariaDB's server and its installer are on this machine."""
    return bool(program("mariadbd") and program("mariadb-install-db"))


def installable() -> bool:
    """Whether this user may install packages of the distribution."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install() -> str:
    """Install MariaDB's programs from the distribution; "" where that went well, else what apt said."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
    )
    for command in commands:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{' '.join(command)}: {done.stderr.strip()[-400:]}"
    return ""


def lay_out(folder: Path) -> None:
    """Make the server's data folder anew."""
    shutil.rmtree(folder / "data", ignore_errors=True)
    temporary = _temporary(folder)
    installer = program("mariadb-install-db")
    command = [
        str(installer), "--no-defaults", f"--datadir={folder / 'data'}", "--skip-test-db", "--skip-name-resolve",
        "--auth-root-authentication-method=socket", "--innodb-log-file-size=64M", *_as_root(),
    ]  # fmt: skip
    # By the environment: the installer, a shell script, breaks an option's value at its spaces.
    environment = {**os.environ, "TMPDIR": str(temporary)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(folder / "data", ignore_errors=True)
        raise RuntimeError(f"mariadb-install-db: {(done.stderr or done.stdout).strip()[-600:]}")


def start(folder: Path, port: int = 0, password: str = "") -> Server:
    """Start the server of a data folder, or take over the one that still runs there.

    `port` and `password` are those of the time before; a port somebody else has taken is changed.
    Raises RuntimeError with the end of its log where it doesn't come up.
    """
    data = folder / "data"
    if port and password and _pid(data) and _answers(port, password):
        return Server(data, port, password)
    server = Server(data, ports.free(port), password or secrets.token_urlsafe(18))
    users = data / "users.sql"
    users.touch(mode=0o600)
    users.write_text(
        f"CREATE OR REPLACE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{server.password}';\n"
        f"GRANT ALL ON *.* TO '{USER}'@'127.0.0.1';\n",
        "utf-8",
    )
    log = folder / "mariadb.log"
    with log.open("ab") as out:
        server.process = subprocess.Popen(
            [
                str(program("mariadbd")), "--no-defaults", f"--datadir={data}", f"--port={server.port}",
                f"--init-file={users}", f"--tmpdir={_temporary(folder)}", *OPTIONS, *_as_root(),
            ],
            stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.process.poll() is None:
        if _answers(server.port, server.password):
            return server
        time.sleep(0.1)
    if server.process.poll() is None:
        server.stop()
    raise RuntimeError(log.read_text("utf-8", "replace")[-600:])


def _temporary(folder: Path) -> Path:
    """A folder for temporary tables: servers that share one delete each other's when they start."""
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return temporary


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []


def _pid(data: Path) -> int:
    """The process that serves the folder, 0 where none does; a number that another program has by now is none."""
    try:
        pid = int((data / "mysql.pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return 0
    return pid if str(data).encode() in command else 0


def _answers(port: int, password: str) -> bool:
    try:
        store.connect(port, USER, password, connect_timeout=2).close()
    except pymysql.Error:
        return False
    return True
