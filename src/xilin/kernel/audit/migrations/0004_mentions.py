"""Which entries hold which keyed hash: an aid to searching, made of the log; it may be emptied and made again."""

from django.db import migrations

TABLES = """
CREATE TABLE "audit_mention" (
    "digest" bytea NOT NULL CHECK (octet_length("digest") = 16),
    "seq" bigint NOT NULL,
    PRIMARY KEY ("digest", "seq")
);
CREATE TABLE "audit_mentioned" (
    "id" smallint PRIMARY KEY CHECK ("id" = 1),
    "upto" bigint NOT NULL CHECK ("upto" >= 0)
);
INSERT INTO "audit_mentioned" VALUES (1, 0);
"""
DROP = 'DROP TABLE "audit_mention", "audit_mentioned"'


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_shards")]
    operations = [migrations.RunSQL(TABLES, DROP)]
