from django.db import migrations, models


def take_keys(apps, schema_editor):
    """Open corrections take the key of the row they are about."""
    corrections = apps.get_model("quality", "Correction").objects.filter(outcome="")
    for correction in corrections.exclude(quarantined=None).select_related("quarantined"):
        correction.key = correction.quarantined.key
        correction.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [
        ("quality", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="correction",
            name="key",
            field=models.TextField(blank=True, default="", verbose_name="key"),
            preserve_default=False,
        ),
        migrations.RunPython(take_keys, migrations.RunPython.noop),
    ]
