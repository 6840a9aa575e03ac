"""Working drafts. Imports nothing of ours; knows nothing of review or publication."""

from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "articles"
