"""The public store: one row for each public thing, with its finished JSON. Pages and API read nothing else.

No foreign keys: these rows can stand alone in a database that holds no draft.
"""

from django.db import models


class LiveArticle(models.Model):
    id = models.UUIDField(primary_key=True)
    slug = models.SlugField(max_length=140)
    language = models.CharField(max_length=12)
    title = models.CharField(max_length=300)
    topic_id = models.UUIDField()
    topic_slug = models.SlugField(max_length=120)
    aspect = models.CharField(max_length=40)
    publication_id = models.BigIntegerField(unique=True)
    edition_number = models.PositiveIntegerField()
    digest = models.CharField(max_length=71)
    published_at = models.DateTimeField()
    last_reviewed = models.DateField()
    updated_at = models.DateTimeField()
    seq = models.BigIntegerField()
    etag = models.CharField(max_length=40)
    cache_tags = models.TextField()
    card = models.TextField()
    document = models.TextField()

    class Meta:
        ordering = ["-published_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["language", "slug"], name="live_slug_once")]
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="live_newest_first"),
            models.Index(fields=["language", "-published_at", "-id"], name="live_by_language"),
            models.Index(fields=["topic_id", "language", "id"], name="live_by_topic"),
            models.Index(fields=["topic_slug", "-published_at", "-id"], name="live_by_topic_slug"),
        ]

    def __str__(self) -> str:
        return self.title


class LiveEdition(models.Model):
    """A public edition that can be read again, with its review certificate: of a live article, since its withdrawal."""

    article_id = models.UUIDField()
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=71)
    published_at = models.DateTimeField()
    etag = models.CharField(max_length=40)
    document = models.TextField()
    certified_at = models.DateTimeField()
    certificate_etag = models.CharField(max_length=40)
    certificate = models.TextField()

    class Meta:
        ordering = ["article_id", "number"]
        constraints = [models.UniqueConstraint(fields=["article_id", "number"], name="live_edition_once")]

    def __str__(self) -> str:
        return f"{self.article_id} edition {self.number}"


class LiveTopic(models.Model):
    """A topic that has live articles, as its newest live edition names it."""

    id = models.UUIDField(primary_key=True)
    slug = models.SlugField(max_length=120)
    name = models.CharField(max_length=300)
    document = models.TextField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Tombstone(models.Model):
    """What the public is told where an article was withdrawn. Its words are those of the withdrawal."""

    id = models.UUIDField(primary_key=True)
    slug = models.SlugField(max_length=140)
    language = models.CharField(max_length=12)
    kind = models.CharField(max_length=20)
    editions = models.JSONField()
    withdrawn_at = models.DateTimeField()
    problem = models.JSONField()

    class Meta:
        ordering = ["-withdrawn_at"]
        indexes = [models.Index(fields=["language", "slug"], name="tombstone_by_slug")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.slug}"


class FeedHead(models.Model):
    """The one row whose lock numbers the feed: a database sequence would commit out of order."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    seq = models.BigIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"feed at {self.seq}"


class Change(models.Model):
    """One line of the feed of public changes. Insert-only; readers compact it."""

    seq = models.BigIntegerField(primary_key=True)
    op = models.CharField(max_length=12)
    type = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    cause = models.CharField(max_length=30)
    at = models.DateTimeField()

    class Meta:
        ordering = ["seq"]
        indexes = [models.Index(fields=["type", "key", "-seq"], name="change_newest_by_key")]

    def __str__(self) -> str:
        return f"{self.seq}: {self.op} {self.type} {self.key}"
