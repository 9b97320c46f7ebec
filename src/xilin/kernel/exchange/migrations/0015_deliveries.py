"""Bulk files, subscriptions, push addresses and messages; the schema that changes are kept in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0006_replies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL('CREATE SCHEMA IF NOT EXISTS "changes"', 'DROP SCHEMA "changes" CASCADE'),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=24, unique=True, verbose_name='number')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('purpose', models.CharField(max_length=60, verbose_name='purpose')),
                ('case_number', models.CharField(max_length=64, verbose_name='case number')),
                ('format', models.CharField(choices=[('parquet', 'Parquet'), ('csv', 'CSV')], max_length=7, verbose_name='format')),
                ('columns', models.JSONField(verbose_name='items')),
                ('cursor', models.BigIntegerField(blank=True, null=True, verbose_name='changes up to')),
                ('state', models.CharField(choices=[('queued', 'waiting'), ('building', 'being made'), ('ready', 'ready'), ('taken', 'taken'), ('expired', 'expired'), ('refused', 'refused')], default='queued', max_length=8, verbose_name='state')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('snapshot', models.BigIntegerField(blank=True, null=True, verbose_name='snapshot')),
                ('sources', models.JSONField(default=list, verbose_name='sources')),
                ('anchors', models.JSONField(default=list, verbose_name='anchors')),
                ('probe', models.CharField(blank=True, max_length=20, verbose_name='probe')),
                ('rows', models.BigIntegerField(default=0, verbose_name='rows')),
                ('bytes', models.BigIntegerField(default=0, verbose_name='bytes')),
                ('sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                ('entry', models.BigIntegerField(blank=True, null=True, verbose_name='log entry')),
                ('ready_at', models.DateTimeField(blank=True, null=True, verbose_name='ready at')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires at')),
                ('taken_at', models.DateTimeField(blank=True, null=True, verbose_name='taken at')),
                ('sent', models.JSONField(default=list, verbose_name='bytes sent')),
                ('refusal', models.JSONField(blank=True, null=True, verbose_name='refusal')),
            ],
            options={
                'verbose_name': 'bulk file',
                'verbose_name_plural': 'bulk files',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Followed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('resource', models.CharField(max_length=60, unique=True, verbose_name='resource')),
                ('snapshot', models.BigIntegerField(blank=True, null=True, verbose_name='snapshot')),
                ('sources', models.JSONField(default=list, verbose_name='sources')),
                ('seq', models.BigIntegerField(default=0, verbose_name='newest change')),
                ('floor', models.BigIntegerField(default=0, verbose_name='changes kept after')),
                ('epoch', models.PositiveIntegerField(default=1, verbose_name='epoch')),
                ('moved_at', models.DateTimeField(verbose_name='moved at')),
            ],
            options={
                'verbose_name': 'followed resource',
                'verbose_name_plural': 'followed resources',
                'ordering': ['resource'],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ident', models.UUIDField(unique=True, verbose_name='message')),
                ('epoch', models.PositiveIntegerField(verbose_name='epoch')),
                ('first', models.BigIntegerField(verbose_name='first change')),
                ('last', models.BigIntegerField(verbose_name='last change')),
                ('changes', models.PositiveIntegerField(verbose_name='changes')),
                ('state', models.CharField(choices=[('sending', 'on its way'), ('arrived', 'arrived'), ('dead', 'dead letter'), ('dropped', 'dropped')], default='sending', max_length=8, verbose_name='state')),
                ('tries', models.PositiveIntegerField(default=0, verbose_name='tries')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('tried_at', models.DateTimeField(blank=True, null=True, verbose_name='tried at')),
                ('outcome', models.CharField(blank=True, max_length=60, verbose_name='outcome')),
                ('entry', models.BigIntegerField(blank=True, null=True, verbose_name='log entry')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('resource', models.CharField(max_length=60, verbose_name='resource')),
                ('epoch', models.PositiveIntegerField(verbose_name='epoch')),
                ('seq', models.BigIntegerField(verbose_name='newest change')),
                ('snapshot', models.BigIntegerField(null=True, verbose_name='snapshot')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'step of changes',
                'verbose_name_plural': 'steps of changes',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=24, unique=True, verbose_name='number')),
                ('purpose', models.CharField(max_length=60, verbose_name='purpose')),
                ('case_number', models.CharField(max_length=64, verbose_name='case number')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('state', models.CharField(choices=[('active', 'active'), ('halted', 'halted'), ('ended', 'ended')], default='active', max_length=6, verbose_name='state')),
                ('epoch', models.PositiveIntegerField(verbose_name='epoch')),
                ('seq', models.BigIntegerField(verbose_name='changes up to')),
                ('moved_at', models.DateTimeField(blank=True, null=True, verbose_name='moved at')),
                ('failures', models.PositiveIntegerField(default=0, verbose_name='failures')),
                ('next_at', models.DateTimeField(blank=True, null=True, verbose_name='next try')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
            ],
            options={
                'verbose_name': 'subscription',
                'verbose_name_plural': 'subscriptions',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=500, verbose_name='address')),
                ('registered_at', models.DateTimeField(verbose_name='registered at')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
            ],
            options={
                'verbose_name': 'push address',
                'verbose_name_plural': 'push addresses',
                'ordering': ['client', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='export',
            name='grant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to='exchange.grant', verbose_name='grant'),
        ),
        migrations.AddField(
            model_name='export',
            name='since',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='later', to='exchange.export', verbose_name='since'),
        ),
        migrations.AddIndex(
            model_name='step',
            index=models.Index(fields=['resource', 'epoch', 'seq'], name='exchange_step_seq'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='grant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='exchange.grant', verbose_name='grant'),
        ),
        migrations.AddField(
            model_name='message',
            name='subscription',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='exchange.subscription', verbose_name='subscription'),
        ),
        migrations.AddField(
            model_name='export',
            name='subscription',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='exports', to='exchange.subscription', verbose_name='subscription'),
        ),
        migrations.AddField(
            model_name='target',
            name='approved_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by'),
        ),
        migrations.AddField(
            model_name='target',
            name='client',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='targets', to='exchange.client', verbose_name='client'),
        ),
        migrations.AddField(
            model_name='target',
            name='registered_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='registered by'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='target',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='exchange.target', verbose_name='push address'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['sending', 'dead'])), fields=('subscription',), name='exchange_one_message_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='export',
            index=models.Index(fields=['state'], name='exchange_export_state'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['ready', 'taken']), _negated=True), models.Q(('entry__isnull', False), models.Q(('sha256', ''), _negated=True)), _connector='OR'), name='exchange_export_is_in_the_log'),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('registered_by')), _negated=True), _connector='OR'), name='exchange_target_has_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('client', 'url'), name='exchange_target_once'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(fields=['state', 'next_at'], name='exchange_subscription_due'),
        ),
    ]
