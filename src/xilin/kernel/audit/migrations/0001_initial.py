"""The log's tables, made in SQL: append only, by triggers that refuse anything else."""

from django.db import migrations, models

TABLES = """
CREATE TABLE "audit_entry" (
    "seq" bigint PRIMARY KEY CHECK ("seq" >= 0),
    "at" timestamptz NOT NULL,
    "kind" varchar(80) NOT NULL,
    "by" varchar(150) NOT NULL,
    "department" varchar(80) NOT NULL,
    "provider" varchar(80) NOT NULL,
    "subject" varchar(200) NOT NULL,
    "text" text NOT NULL,
    "leaf" bytea NOT NULL CHECK (octet_length("leaf") = 32)
);
CREATE INDEX "audit_entry_kind" ON "audit_entry" ("kind", "seq");
CREATE INDEX "audit_entry_department" ON "audit_entry" ("department", "seq");
CREATE INDEX "audit_entry_provider" ON "audit_entry" ("provider", "seq");
CREATE INDEX "audit_entry_subject" ON "audit_entry" ("subject", "seq");

CREATE TABLE "audit_tile" (
    "level" smallint NOT NULL CHECK ("level" >= 1),
    "number" bigint NOT NULL CHECK ("number" >= 0),
    "root" bytea NOT NULL CHECK (octet_length("root") = 32),
    PRIMARY KEY ("level", "number")
);

CREATE TABLE "audit_checkpoint" (
    "size" bigint PRIMARY KEY CHECK ("size" > 0),
    "root" bytea NOT NULL CHECK (octet_length("root") = 32),
    "note" text NOT NULL,
    "at" timestamptz NOT NULL
);

CREATE TABLE "audit_head" (
    "id" smallint PRIMARY KEY CHECK ("id" = 1),
    "size" bigint NOT NULL CHECK ("size" >= 0),
    "frontier" bytea NOT NULL CHECK (octet_length("frontier") % 32 = 0)
);
INSERT INTO "audit_head" VALUES (1, 0, '');
"""

GUARDS = """
CREATE FUNCTION "audit_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION "audit_head_grows"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."size" <= OLD."size" OR NEW."id" <> OLD."id" THEN
        RAISE EXCEPTION 'the audit log only grows: its head can''t go from % to %', OLD."size", NEW."size"
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER "audit_head_grows" BEFORE UPDATE ON "audit_head"
    FOR EACH ROW EXECUTE FUNCTION "audit_head_grows"();
CREATE TRIGGER "audit_head_stays" BEFORE DELETE OR TRUNCATE ON "audit_head"
    FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
CREATE TRIGGER "audit_entry_stays" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entry"
    FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
CREATE TRIGGER "audit_tile_stays" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_tile"
    FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
CREATE TRIGGER "audit_checkpoint_stays" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_checkpoint"
    FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
"""

DROP = """
DROP TABLE "audit_entry", "audit_tile", "audit_checkpoint", "audit_head";
DROP FUNCTION "audit_refuse";
DROP FUNCTION "audit_head_grows";
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(TABLES + GUARDS, DROP),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('size', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='number of entries')),
                ('root', models.BinaryField(verbose_name='root hash')),
                ('note', models.TextField(verbose_name='signed note')),
                ('at', models.DateTimeField(verbose_name='when')),
            ],
            options={
                'verbose_name': 'checkpoint',
                'verbose_name_plural': 'checkpoints',
                'ordering': ['-size'],
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='entry number')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('kind', models.CharField(max_length=80, verbose_name='event')),
                ('by', models.CharField(max_length=150, verbose_name='by whom')),
                ('department', models.CharField(max_length=80, verbose_name='department')),
                ('provider', models.CharField(max_length=80, verbose_name='provider')),
                ('subject', models.CharField(max_length=200, verbose_name='object')),
                ('text', models.TextField(verbose_name='entry as hashed')),
                ('leaf', models.BinaryField(verbose_name='leaf hash')),
            ],
            options={
                'verbose_name': 'log entry',
                'verbose_name_plural': 'log entries',
                'ordering': ['-seq'],
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Head',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('size', models.BigIntegerField(verbose_name='number of entries')),
                ('frontier', models.BinaryField(verbose_name='right edge')),
            ],
            options={
                'verbose_name': 'head of the log',
                'verbose_name_plural': 'heads of the log',
                'ordering': ['id'],
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Tile',
            fields=[
                ('pk', models.CompositePrimaryKey('level', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('level', models.SmallIntegerField(verbose_name='tile level')),
                ('number', models.BigIntegerField(verbose_name='tile number')),
                ('root', models.BinaryField(verbose_name='root hash')),
            ],
            options={
                'verbose_name': 'tile',
                'verbose_name_plural': 'tiles',
                'ordering': ['level', 'number'],
                'managed': False,
            },
        ),
    ]
