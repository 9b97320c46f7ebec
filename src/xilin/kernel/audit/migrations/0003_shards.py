"""A shard for each month: a tree of its own, with its own name and key; entries go on being numbered through."""

from django.db import migrations, models

TABLES = """
CREATE TABLE "audit_shard" (
    "id" smallint PRIMARY KEY CHECK ("id" > 0),
    "origin" varchar(200) NOT NULL UNIQUE,
    "key" varchar(400) NOT NULL,
    "first" bigint NOT NULL UNIQUE CHECK ("first" > 0),
    "at" timestamptz NOT NULL
);
CREATE TRIGGER "audit_shard_stays" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_shard"
    FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
ALTER TABLE "audit_head" ADD COLUMN "shard" smallint NOT NULL DEFAULT 0,
    ADD COLUMN "first" bigint NOT NULL DEFAULT 0, ADD COLUMN "origin" varchar(200) NOT NULL DEFAULT '';
ALTER TABLE "audit_tile" ADD COLUMN "shard" smallint NOT NULL DEFAULT 0,
    DROP CONSTRAINT "audit_tile_pkey", ADD PRIMARY KEY ("shard", "level", "number");
"""
DROP = """
ALTER TABLE "audit_tile" DROP CONSTRAINT "audit_tile_pkey", DROP COLUMN "shard", ADD PRIMARY KEY ("level", "number");
ALTER TABLE "audit_head" DROP COLUMN "shard", DROP COLUMN "first", DROP COLUMN "origin";
DROP TABLE "audit_shard";
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_witnesses")]
    operations = [
        migrations.RunSQL(TABLES, DROP),
        migrations.CreateModel(
            name="Shard",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("origin", models.CharField(max_length=200, verbose_name="name of the log")),
                ("key", models.CharField(max_length=400, verbose_name="verifier key")),
                ("first", models.BigIntegerField(verbose_name="first entry")),
                ("at", models.DateTimeField(verbose_name="when")),
            ],
            options={
                "verbose_name": "shard of the log",
                "verbose_name_plural": "shards of the log",
                "ordering": ["id"],
                "managed": False,
            },
        ),
        migrations.AlterModelOptions(
            name="tile",
            options={
                "managed": False,
                "ordering": ["shard", "level", "number"],
                "verbose_name": "tile",
                "verbose_name_plural": "tiles",
            },
        ),
    ]
