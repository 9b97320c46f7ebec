"""Nodes that proofs of single codes are made from, and signing keys that are withdrawn."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A table and a column."""

    dependencies = [("trace", "0017_open_chains")]

    operations = [
        migrations.AddField(
            model_name="codekey",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at"),
        ),
        # Until now an end meant that nothing was believed any more.
        migrations.RunSQL(
            "UPDATE trace_codekey SET withdrawn_at = until WHERE until IS NOT NULL", migrations.RunSQL.noop
        ),
        migrations.CreateModel(
            name="CodeTree",
            fields=[
                (
                    "batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="tree",
                        serialize=False,
                        to="trace.codebatch",
                        verbose_name="batch of codes",
                    ),
                ),
                ("nodes", models.BinaryField(verbose_name="nodes")),
            ],
            options={
                "verbose_name": "tree of a batch",
                "verbose_name_plural": "trees of batches",
                "ordering": ["-pk"],
            },
        ),
        # Hashes don't compress, and a piece of them is read without the rest.
        migrations.RunSQL(
            "ALTER TABLE trace_codetree ALTER COLUMN nodes SET STORAGE EXTERNAL", migrations.RunSQL.noop
        ),
    ]
