"""Telephones apart from the rows they are searched with; room in the pages of entities, so that a change stays in its page."""

import django.db.models.deletion
from django.db import migrations, models

THERE = "INSERT INTO registry_searchphone (entity, registry, phone) SELECT entity, registry, phone FROM registry_searchrow WHERE phone <> ''"
BACK = "UPDATE registry_searchrow r SET phone = p.phone FROM registry_searchphone p WHERE p.entity = r.entity"


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0023_ended_entities'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchPhone',
            fields=[
                ('entity', models.UUIDField(primary_key=True, serialize=False)),
                ('registry', models.CharField(db_collation='C', max_length=60, verbose_name='registry')),
                ('phone', models.CharField(db_collation='C', max_length=40, verbose_name='telephone')),
            ],
            options={
                'verbose_name': 'telephone searched by',
                'verbose_name_plural': 'telephones searched by',
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['registry', 'phone'], name='registry_search_telephone')],
            },
        ),
        migrations.RunSQL(THERE, BACK),
        migrations.RemoveIndex(model_name='searchrow', name='registry_search_phone'),
        migrations.AlterField(
            model_name='searchrow',
            name='phone',
            field=models.CharField(db_collation='C', default='', max_length=40, verbose_name='telephone'),
        ),
        migrations.RemoveField(model_name='searchrow', name='phone'),
        migrations.AlterField(
            model_name='entityversion',
            name='entity',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='versions', to='registry.entity', verbose_name='entity'),
        ),
        migrations.RunSQL(
            'ALTER TABLE registry_entity SET (fillfactor = 85)',
            'ALTER TABLE registry_entity RESET (fillfactor)',
        ),
    ]
