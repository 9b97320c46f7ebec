from django.db import migrations

# The catalog tables of pyiceberg's SQL catalog (schema v1), made here so that they come with
# every other table and two processes never make them at once.
MAKE = """
CREATE TABLE IF NOT EXISTS iceberg_tables (
    catalog_name VARCHAR(255) NOT NULL,
    table_namespace VARCHAR(255) NOT NULL,
    table_name VARCHAR(255) NOT NULL,
    metadata_location VARCHAR(1000),
    previous_metadata_location VARCHAR(1000),
    iceberg_type VARCHAR(5),
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
    catalog_name VARCHAR(255) NOT NULL,
    namespace VARCHAR(255) NOT NULL,
    property_key VARCHAR(255) NOT NULL,
    property_value VARCHAR(1000) NOT NULL,
    PRIMARY KEY (catalog_name, namespace, property_key)
);
"""
DROP = "DROP TABLE iceberg_namespace_properties; DROP TABLE iceberg_tables;"


class Migration(migrations.Migration):
    """The catalog of the lake."""

    initial = True
    dependencies: list = []
    operations = [migrations.RunSQL(MAKE, DROP)]
