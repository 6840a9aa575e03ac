"""Give roles that exist already what the review desk adds to them; new installations get it in cms/setup.py."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RECORDS = "assignment assignmentreply override comment resolution reviewround reaffirmation revocationanswer".split()
SEE = [f"view_{name}" for name in RECORDS]
ADDED = {
    "Contributor": ["view_comment", "add_comment"],
    "Editor": [*SEE, "assign_reviewer", "add_comment", "block_edition", "open_round"],
    "Medical reviewer": [*SEE, "add_comment", "block_edition"],
    "Medical lead": [
        *SEE,
        "assign_reviewer",
        "add_comment",
        "block_edition",
        "override_conflict",
        "open_round",
        "answer_revocation",
    ],
    "Publisher": SEE,
    "Auditor": SEE,
}


def extend_roles(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects.filter(name__in=ADDED)
    if not groups:
        return
    create_permissions(installed.get_app_config("reviews"), apps=apps, verbosity=0, using=schema_editor.connection.alias)
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="reviews")
    for group in groups:
        group.permissions.add(*permissions.filter(codename__in=ADDED[group.name]))


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0002_review_desk"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
