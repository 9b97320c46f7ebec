"""Whether the database has the tables of this version, told by the names of what made them."""

from pathlib import Path

from django.apps import apps
from django.db import connection

from xilin.lib.text import Text

NOT_MADE = Text(
    zh="这个数据库还没有本版本的表。请先运行 xilin apply：它建表、升级表，并使盟市目录生效；只想看演示则运行 xilin demo。",
    en="This database lacks tables of this version. Run xilin apply first: it makes and renews them, and puts the league folder in "
    "force; to see a demonstration run xilin demo.",
)


def missing() -> set[tuple[str, str]]:
    """The migrations that this version has and the database hasn't, as part and name; reads names only, and is quick."""
    known = {
        (part.label, file.stem)
        for part in apps.get_app_configs()
        for file in Path(part.path, "migrations").glob("[0-9]*.py")
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return known
        cursor.execute("SELECT app, name FROM django_migrations")
        return known - set(cursor.fetchall())
