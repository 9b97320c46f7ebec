"""The repository's own process, and a client of web sockets that nobody here wrote; prints what happened, a line each."""

import asyncio
import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).parents[4]
sys.path.insert(0, str(REPO / "benchmarks"))


async def follow(port: int, key: str, process: subprocess.Popen[bytes], document: bytes) -> None:
    """Follow a named query, capture, and read what comes; then ask the process to end while the socket is open."""
    import httpx
    import websockets

    bearer = {"Authorization": f"Bearer {key}"}
    address = f"ws://127.0.0.1:{port}/queries/all/events?stream=true"
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=bearer, timeout=30) as client,
        websockets.connect(address, additional_headers=bearer) as socket,
    ):
        sent = await client.post("/capture", content=document, headers={"Content-Type": "application/json"})
        print("captured", sent.status_code)
        message = await asyncio.wait_for(socket.recv(), 30)
        print("came", str(message).count('"eventTime"'))
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(socket.wait_closed(), 30)


async def refused(port: int) -> None:
    """Nobody follows a query without a key."""
    import websockets

    try:
        async with websockets.connect(f"ws://127.0.0.1:{port}/queries/all/events?stream=true"):
            print("accepted")
    except websockets.InvalidStatus as error:
        print("refused", error.response.status_code)


def main() -> None:
    os.environ["XILIN_HOME"] = home = tempfile.mkdtemp(prefix="xilin-wire-")
    Path(home).chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    from xilin.config import start

    start.django()
    import httpx
    import kill_capture

    sys.path.insert(0, str(Path(__file__).parents[3]))
    import migrated

    migrated.migrate()
    key = kill_capture.key_of("follower")
    process, port = kill_capture.serve()
    try:
        named = {"name": "all", "query": {"eventType": ["ObjectEvent"]}}
        headers = {"Authorization": f"Bearer {key}"}
        httpx.post(f"http://127.0.0.1:{port}/queries", json=named, headers=headers, timeout=30)
        asyncio.run(refused(port))
        asyncio.run(follow(port, key, process, kill_capture.document("wire", 1)))
        print("ended", process.wait(9))
    finally:
        kill_capture.kill_all(process.pid)


if __name__ == "__main__":
    main()
