from django.db import migrations, models

from tests.cms.guards.rebuild_migrations import newest


class Migration(migrations.Migration):
    dependencies = [("reviews", newest("reviews"))]
    operations = [
        migrations.AlterField("edition", "digest", models.CharField(max_length=99)),
        migrations.AlterField("decision", "digest", models.CharField(max_length=99)),
        migrations.AlterField("event", "action", models.CharField(max_length=99)),
    ]
