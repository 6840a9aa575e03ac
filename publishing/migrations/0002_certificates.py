"""The review certificate beside each public edition. Rows from before have none until `rebuild_public_store`."""

from datetime import UTC, datetime

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('publishing', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='liveedition',
            name='certified_at',
            field=models.DateTimeField(default=datetime(1970, 1, 1, tzinfo=UTC)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='liveedition',
            name='certificate_etag',
            field=models.CharField(default='', max_length=40),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='liveedition',
            name='certificate',
            field=models.TextField(default=''),
            preserve_default=False,
        ),
    ]
