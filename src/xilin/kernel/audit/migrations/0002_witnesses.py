"""What witnesses cosigned, append only like the log itself, and how each of them stands."""

from django.db import migrations, models

TABLES = """
CREATE TABLE "audit_cosignature" (
    "size" bigint NOT NULL CHECK ("size" > 0),
    "witness" varchar(200) NOT NULL,
    "line" text NOT NULL,
    "at" timestamptz NOT NULL,
    PRIMARY KEY ("size", "witness")
);
CREATE INDEX "audit_cosignature_witness" ON "audit_cosignature" ("witness", "size" DESC);
CREATE TRIGGER "audit_cosignature_stays" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_cosignature"
    FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(TABLES, 'DROP TABLE "audit_cosignature"'),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "size", "witness", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("size", models.BigIntegerField(verbose_name="number of entries")),
                ("witness", models.CharField(max_length=200, verbose_name="witness")),
                ("line", models.TextField(verbose_name="cosignature")),
                ("at", models.DateTimeField(verbose_name="when")),
            ],
            options={
                "verbose_name": "cosignature",
                "verbose_name_plural": "cosignatures",
                "ordering": ["-size", "witness"],
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                (
                    "witness",
                    models.CharField(max_length=200, primary_key=True, serialize=False, verbose_name="witness"),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("signed", "has cosigned"),
                            ("unreachable", "can't be reached"),
                            ("unknown", "doesn't know this log"),
                            ("refused", "refused"),
                            ("foreign", "answered with a signature that doesn't hold"),
                            ("ahead", "has seen more entries than the log has"),
                            ("fork", "has seen another log"),
                        ],
                        max_length=12,
                        verbose_name="outcome",
                    ),
                ),
                ("size", models.BigIntegerField(verbose_name="number of entries")),
                ("at", models.DateTimeField(verbose_name="when")),
            ],
            options={
                "verbose_name": "standing of a witness",
                "verbose_name_plural": "standings of witnesses",
                "ordering": ["witness"],
            },
        ),
    ]
