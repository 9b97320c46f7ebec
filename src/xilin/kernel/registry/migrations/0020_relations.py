from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0010_search_rows"),
    ]

    operations = [
        migrations.CreateModel(
            name="Relation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("registry", models.CharField(max_length=60, verbose_name="registry")),
                ("code", models.CharField(max_length=60, verbose_name="relation")),
                ("entity", models.UUIDField(verbose_name="entity")),
                ("other", models.UUIDField(db_index=True, verbose_name="the other entity")),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("identifier", "by the identifier given"),
                            ("phone", "by name and telephone"),
                            ("area", "by name and area, nobody else there has the name"),
                        ],
                        max_length=12,
                        verbose_name="how",
                    ),
                ),
                ("agrees", models.BooleanField(verbose_name="the names agree")),
                ("run", models.BigIntegerField(verbose_name="run that found it")),
            ],
            options={
                "verbose_name": "relation of entities",
                "verbose_name_plural": "relations of entities",
                "ordering": ["registry", "code", "entity"],
            },
        ),
        migrations.AddConstraint(
            model_name="relation",
            constraint=models.UniqueConstraint(
                fields=("registry", "code", "entity"), name="registry_relation_once"
            ),
        ),
    ]
