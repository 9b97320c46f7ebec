from django.db import migrations

import xilin.kernel.registry.fields

BRIEF = """
UPDATE {table} SET provenance = coalesce((
    SELECT jsonb_agg(jsonb_build_array(source, batch, recorded, codes)) FROM (
        SELECT p.value -> 0 AS source, p.value -> 1 AS batch, p.value -> 2 AS recorded,
            string_agg(p.key, ' ' ORDER BY p.key) AS codes
        FROM jsonb_each(provenance) p GROUP BY 1, 2, 3
    ) together), '[]')
WHERE jsonb_typeof(provenance) = 'object'
"""
FULL = """
UPDATE {table} SET provenance = coalesce((
    SELECT jsonb_object_agg(code, jsonb_build_array(p.value -> 0, p.value -> 1, p.value -> 2))
    FROM jsonb_array_elements(provenance) p, unnest(string_to_array(p.value ->> 3, ' ')) code), '{{}}')
WHERE jsonb_typeof(provenance) = 'array'
"""
TABLES = ("registry_entity", "registry_entityversion")


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0021_marks_of_judged_records"),
    ]

    operations = [
        *(migrations.RunSQL(BRIEF.format(table=table), FULL.format(table=table)) for table in TABLES),
        migrations.AlterField(
            model_name="entity",
            name="provenance",
            field=xilin.kernel.registry.fields.ProvenanceField(verbose_name="provenance"),
        ),
        migrations.AlterField(
            model_name="entityversion",
            name="provenance",
            field=xilin.kernel.registry.fields.ProvenanceField(verbose_name="provenance"),
        ),
    ]
