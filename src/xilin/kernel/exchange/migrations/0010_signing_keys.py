import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0020_mask_fit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Nonce",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False, verbose_name="digest")),
                ("call", models.BigIntegerField(verbose_name="call")),
                ("until", models.DateTimeField(verbose_name="until")),
            ],
            options={
                "verbose_name": "nonce",
                "verbose_name_plural": "nonces",
                "ordering": ["until", "id"],
                "indexes": [models.Index(fields=["until"], name="exchange_nonce_until")],
            },
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("keyid", models.CharField(max_length=80, unique=True, verbose_name="key ID")),
                (
                    "algorithm",
                    models.CharField(
                        choices=[("ed25519", "Ed25519"), ("sm2", "SM2")],
                        max_length=10,
                        verbose_name="algorithm",
                    ),
                ),
                ("public", models.CharField(max_length=100, verbose_name="public key")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked at")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signing_keys",
                        to="exchange.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signing_keys_created",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
            ],
            options={
                "verbose_name": "signing key",
                "verbose_name_plural": "signing keys",
                "ordering": ["client", "-created_at"],
            },
        ),
    ]
