"""What searching needs: identifiers in the order of their bytes, and values of extensions as numbers and times."""

from django.db import migrations, models

MAKE = r"""
ALTER TABLE "trace_event_thing" ALTER COLUMN "uri" TYPE text COLLATE "C";
CREATE SEQUENCE "trace_job_position";
CREATE FUNCTION "trace_number"("given" text) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF given !~ '^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\s*$' THEN RETURN NULL; END IF;
    RETURN given::double precision;
EXCEPTION WHEN OTHERS THEN RETURN NULL;
END $$;
CREATE FUNCTION "trace_time"("given" text) RETURNS timestamptz LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF given !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:' THEN RETURN NULL; END IF;
    RETURN given::timestamptz;
EXCEPTION WHEN OTHERS THEN RETURN NULL;
END $$;
"""
DROP = """
DROP FUNCTION "trace_time"(text);
DROP FUNCTION "trace_number"(text);
DROP SEQUENCE "trace_job_position";
ALTER TABLE "trace_event_thing" ALTER COLUMN "uri" TYPE text;
"""


class Migration(migrations.Migration):
    """Functions, a sequence and an order."""

    dependencies = [("trace", "0011_lineage_functions")]
    operations = [
        migrations.RunSQL(MAKE, DROP),
        migrations.AlterField("namedquery", "name", models.CharField(max_length=200, verbose_name="name")),
        migrations.AddConstraint(
            "namedquery", models.UniqueConstraint(fields=["party", "name"], name="trace_query_once")
        ),
    ]
