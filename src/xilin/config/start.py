"""What must be there before Django's models can be imported."""

import os
from pathlib import Path

from xilin.lib.environment import folder


def home() -> Path:
    """The folder for everything this installation keeps."""
    root = folder("XILIN_ROOT", Path(__file__).parents[3])
    return folder("XILIN_HOME", root / "var")


def server() -> str:
    """Make sure the database answers; its URL."""
    from xilin.config.database import start

    return start(home())


def django(*, database: bool = True) -> None:
    """Start the embedded database if it is ours, compile messages, load Django; safe to call twice."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")
    from xilin.config.messages import compile_catalogues
    from xilin.demo import environment

    compile_catalogues(Path(__file__).parents[1])
    environment.load(home())
    if database:
        server()
    import django as framework
    from django.apps import apps

    if not apps.ready:
        framework.setup()
