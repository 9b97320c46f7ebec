"""Events are cheaper to write (decision 0254).

Their bodies are text: the database read each into a form of its own, which hardly a question needs. Sources and destinations stand
in the event's row for whoever may see it because of them, so that links of an event needn't be found by it.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

import xilin.apps.trace.models.events

# Whatever is written beside waits until both ways hold.
LIGHTER = """
LOCK TABLE trace_event, trace_event_thing IN ACCESS EXCLUSIVE MODE;
ALTER TABLE trace_event ADD COLUMN parties text[];
UPDATE trace_event e SET parties = p.uris FROM (
    SELECT event, event_time, array_agg(DISTINCT uri) AS uris FROM trace_event_thing WHERE role IN (21, 22) GROUP BY event, event_time
) p WHERE e.id = p.event AND e.event_time = p.event_time;
ALTER TABLE trace_event ALTER COLUMN body TYPE text USING body::text;
DROP INDEX trace_thing_of_event;
CREATE INDEX trace_thing_of_event ON trace_event_thing (event) WHERE role < 20;
"""
BEFORE = """
DROP INDEX trace_thing_of_event;
CREATE INDEX trace_thing_of_event ON trace_event_thing (event);
ALTER TABLE trace_event ALTER COLUMN body TYPE jsonb USING body::jsonb, DROP COLUMN parties;
"""


class Migration(migrations.Migration):
    """All months are written anew, once: a million events take about a minute, and as much free space as they have."""

    dependencies = [("trace", "0037_cleared_goods")]
    operations = [
        migrations.RunSQL(
            LIGHTER,
            BEFORE,
            state_operations=[
                migrations.AddField(
                    "event",
                    "parties",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), null=True, size=None, verbose_name="parties"
                    ),
                ),
                migrations.AlterField(
                    "event", "body", xilin.apps.trace.models.events.Said(verbose_name="body")
                ),
            ],
        )
    ]
