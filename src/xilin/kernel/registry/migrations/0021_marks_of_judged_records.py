from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0020_relations"),
    ]

    operations = [
        migrations.AddField(
            model_name="decisionpair",
            name="changed",
            field=models.JSONField(blank=True, null=True, verbose_name="what changed since"),
        ),
        migrations.AddField(
            model_name="decisionpair",
            name="changed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="found changed at"),
        ),
        migrations.AddField(
            model_name="decisionpair",
            name="marks_a",
            field=models.JSONField(blank=True, null=True, verbose_name="marks of the first record"),
        ),
        migrations.AddField(
            model_name="decisionpair",
            name="marks_b",
            field=models.JSONField(blank=True, null=True, verbose_name="marks of the second record"),
        ),
        migrations.AlterField(
            model_name="decision",
            name="state",
            field=models.CharField(
                choices=[
                    ("proposed", "waits for a second person"),
                    ("in_force", "in force"),
                    ("withdrawn", "withdrawn"),
                    ("lapsed", "lapsed: a record is somebody else's now"),
                ],
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="reviewpair",
            name="why",
            field=models.CharField(
                choices=[
                    ("below", "just below the threshold"),
                    ("margin", "could join several groups"),
                    ("guard", "one identifier, but the rest disagrees"),
                    ("crowd", "an identifier that many carry"),
                    ("reused", "a judged record is somebody else's now"),
                ],
                max_length=10,
                verbose_name="why",
            ),
        ),
    ]
