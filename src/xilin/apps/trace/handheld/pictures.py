"""Pictures of the handheld at work on a telephone, with a network and without. Nothing that is recorded for them is sent."""

from collections.abc import Callable
from pathlib import Path

from xilin.apps.trace.handheld.queries import hands
from xilin.web.browser import Browser

READY = "return document.body.dataset.ready === 'yes' && document.body.dataset.page === arguments[0]"
# Ear tags of an area that is kept for demonstrations.
TAGS = [f"3992502{number:08d}" for number in (90000017, 90000018, 90000019)]


def records(username: str) -> bool:
    """Whether someone works with a handheld."""
    return hands().filter(user__username=username).exists()


def take(seen: Browser, folder: Path, tell: Callable[[str], None]) -> list[Path]:
    """The pages of whoever is signed in: what they may do, a task, without a network the same, the queue."""
    from selenium.webdriver import ActionChains

    driver = seen.driver
    taken: list[Path] = []

    def go(page: str) -> None:
        seen.open(f"/handheld/{page}")
        seen.wait(lambda: driver.execute_script(READY, page))

    def shoot(name: str) -> None:
        path = folder / f"handheld-{name}-390-zh.webp"
        seen.picture(path)
        tell(path.name)
        taken.append(path)

    def scan(codes: list[str]) -> None:
        for code in codes:
            ActionChains(driver).send_keys(code + "\n").perform()

    def network(there: bool) -> None:
        most = -1 if there else 0
        driver.set_network_conditions(
            offline=not there, latency=0, download_throughput=most, upload_throughput=most
        )

    go("#/")
    seen.wait(lambda: driver.execute_script("return Boolean(navigator.serviceWorker.controller)"))
    task = driver.execute_script("return document.querySelector('.task')?.hash || '#/'")
    shoot("home")
    network(there=False)
    try:
        go(task)
        scan(TAGS[:2])
        shoot("task-offline")
        scan([TAGS[0]])
        shoot("twice-offline")
        scan(TAGS[2:])
        driver.execute_script("document.getElementById('record')?.click()")
        go("#/queue")
        shoot("queue-offline")
        go("#/")
        shoot("home-offline")
    finally:
        driver.execute_cdp_cmd(
            "Storage.clearDataForOrigin", {"origin": seen.site, "storageTypes": "indexeddb"}
        )
        network(there=True)
    return taken
