"""What every test may use."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.test import TransactionTestCase
from django.utils import translation

import in_parallel
import migrated
import quick_flush
import spark_cluster
from xilin.web.browser import Browser, browser

REPO = Path(__file__).parents[1]
TESTDATA = REPO.parent / "shared" / "testdata"


def pytest_configure(config: pytest.Config) -> None:
    """The process that hears of every test keeps the time of each file; each looks for garbage less often."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(in_parallel.Watch())
    # Looking through all that is imported, again and again, for what nobody needs is a twentieth of the whole.
    gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In one of several processes: the order in which the tests are handed out."""
    if hasattr(config, "workerinput"):
        in_parallel.dearest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> in_parallel.ByFiles:
    """Several processes get whole files, in the order of the collection."""
    config.option.loadscopereorder = False
    return in_parallel.ByFiles(config, log)


@pytest.fixture(scope="session")
def testdata() -> Path:
    """Third-party test material; tests that need it say plainly when it is not there."""
    if not TESTDATA.is_dir():
        pytest.skip(f"third-party test data is not at {TESTDATA}")
    return TESTDATA


@pytest.fixture(scope="module")
def window(live_server: Any) -> Iterator[Browser]:
    """A browser's window at the site the tests serve, one for the tests of a file."""
    with browser(live_server.url) as seen:
        yield seen


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The tests' database, one for each process, begins with this version's tables, where they were made before."""
    if migrated.embedded() and migrated.template("tables"):
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = "tables"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Whoever migrates keeps what that came to for others."""
    if migrated.embedded():
        with django_db_blocker.unblock():
            migrated.keep(settings.DATABASES["default"]["NAME"])


@pytest.fixture(autouse=True, scope="session")
def quick_teardown() -> Iterator[None]:
    """Tests that commit leave an empty database in hundredths of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", quick_flush.teardown)
        yield


@pytest.fixture(autouse=True, scope="session")
def passwords_with_less_work() -> Iterator[None]:
    """Passwords are hashed as they always are, with less work: a fifth of a second for each is for those who guess."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScryptPasswordHasher, "work_factor", 2**4)
        yield


@pytest.fixture(scope="session")
def spark_application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """The address of a Spark cluster with two workers, and the session on it that every test shares."""
    if why := spark_cluster.why_not():
        pytest.skip(f"Spark can't run here: {why}")
    with spark_cluster.application(tmp_path_factory.mktemp("spark")) as found:
        yield found


@pytest.fixture(autouse=True)
def platforms_language():
    """Every test begins in the platform's own language, whatever the one before it spoke."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def no_linking_before():
    """No test links with the model or the state that another one left in the tests' home."""
    shutil.rmtree(Path(settings.HOME) / "registry", ignore_errors=True)
