"""What facets are counted over: a narrow row for each entry in force, kept by a trigger with every change of the entry.

A word that tens of thousands of entries have brings the database to as many rows. Those of entries are so wide that each
page holds four of them; here a page holds a hundred. The search words are needed for the index alone, so they are to lie
aside: rows of less than 2 kB keep all they have, which is why `aside` makes up the rest (decision 175).
"""

from django.db import migrations

TABLES = """
CREATE TABLE "catalog_facet" (
    "id" integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "provider_id" bigint NOT NULL,
    "share_type" text NOT NULL,
    "theme" text NOT NULL,
    "update_cycle" text NOT NULL,
    "format" text NOT NULL,
    "registry" text NOT NULL,
    "open" boolean NOT NULL,
    UNIQUE ("provider_id", "share_type", "theme", "update_cycle", "format", "registry", "open")
);
CREATE TABLE "catalog_finding" (
    "resource_id" bigint PRIMARY KEY,
    "facet_id" integer NOT NULL,
    "search" tsvector,
    "aside" text NOT NULL
) WITH (toast_tuple_target = 128);
ALTER TABLE "catalog_finding" ALTER "search" SET STORAGE EXTERNAL, ALTER "aside" SET STORAGE EXTERNAL;
CREATE INDEX "catalog_finding_search" ON "catalog_finding" USING gin ("search") WITH (fastupdate = off);

CREATE FUNCTION "catalog_find"(one "catalog_resource") RETURNS void LANGUAGE plpgsql AS $$
DECLARE facet integer;
BEGIN
    LOOP
        SELECT f."id" INTO facet FROM "catalog_facet" f
        WHERE (f."provider_id", f."share_type", f."theme", f."update_cycle", f."format", f."registry", f."open")
            = (one."provider_id", one."share_type", one."theme", one."update_cycle", one."format", one."registry", one."open");
        EXIT WHEN FOUND;
        INSERT INTO "catalog_facet" ("provider_id", "share_type", "theme", "update_cycle", "format", "registry", "open")
        VALUES (one."provider_id", one."share_type", one."theme", one."update_cycle", one."format", one."registry", one."open")
        ON CONFLICT DO NOTHING;
    END LOOP;
    INSERT INTO "catalog_finding" ("resource_id", "facet_id", "search", "aside")
    VALUES (one."id", facet, one."search", repeat(' ', greatest(0, 2040 - coalesce(pg_column_size(one."search"), 0))))
    ON CONFLICT ("resource_id") DO UPDATE
    SET "facet_id" = excluded."facet_id", "search" = excluded."search", "aside" = excluded."aside";
END $$;

CREATE FUNCTION "catalog_found"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM "catalog_finding";
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM "catalog_finding" WHERE "resource_id" = OLD."id";
    ELSIF NEW."retired" THEN
        DELETE FROM "catalog_finding" WHERE "resource_id" = NEW."id";
    ELSE
        PERFORM "catalog_find"(NEW);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER "catalog_resource_found" AFTER INSERT OR DELETE ON "catalog_resource"
    FOR EACH ROW EXECUTE FUNCTION "catalog_found"();
CREATE TRIGGER "catalog_resource_changed"
    AFTER UPDATE OF "provider_id", "share_type", "theme", "update_cycle", "format", "registry", "open", "retired", "search"
    ON "catalog_resource" FOR EACH ROW EXECUTE FUNCTION "catalog_found"();
CREATE TRIGGER "catalog_resource_emptied" AFTER TRUNCATE ON "catalog_resource"
    FOR EACH STATEMENT EXECUTE FUNCTION "catalog_found"();

-- A scan of all rows would fetch what lies aside of each; the planner doesn't reckon with that.
CREATE FUNCTION "catalog_count"(words tsquery) RETURNS TABLE (facet_id integer, n bigint)
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT f."facet_id", count(*) FROM "catalog_finding" f WHERE f."search" @@ words GROUP BY f."facet_id"
$$;

SELECT "catalog_find"(r) FROM "catalog_resource" r WHERE NOT r."retired";
"""
DROP = """
DROP FUNCTION "catalog_count";
DROP TRIGGER "catalog_resource_emptied" ON "catalog_resource";
DROP TRIGGER "catalog_resource_changed" ON "catalog_resource";
DROP TRIGGER "catalog_resource_found" ON "catalog_resource";
DROP FUNCTION "catalog_found", "catalog_find";
DROP TABLE "catalog_finding", "catalog_facet";
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_reports")]
    operations = [migrations.RunSQL(TABLES, DROP)]
