"""The public store: one row for each public thing, with its finished JSON. Pages and API read nothing else.

No foreign keys: these rows can stand alone in a database that holds no draft.
"""

from django.db import models


class LiveArticle(models.Model):
    """A live article. `search_names` and `search_body` are plain text, what search looks in beside the title;
    `letter` is the first letter of the title, A to Z or `#`; `meaning_edition` the newest public edition that changed
    more than wording, public since `meaning_since`; `follows`, of a translation, the edition of its original;
    `warn_on` and `expires_on` the days around `next_review_due` on which the worker writes a milestone.
    """

    id = models.UUIDField(primary_key=True)
    slug = models.SlugField(max_length=140)
    language = models.CharField(max_length=12)
    title = models.CharField(max_length=300)
    topic_id = models.UUIDField()
    topic_slug = models.SlugField(max_length=120)
    specialty = models.CharField(max_length=40, default="")
    aspect = models.CharField(max_length=40)
    letter = models.CharField(max_length=1, default="#")
    translation_of = models.UUIDField(null=True, default=None)
    follows = models.PositiveIntegerField(default=0)
    publication_id = models.BigIntegerField(unique=True)
    edition_number = models.PositiveIntegerField()
    meaning_edition = models.PositiveIntegerField(default=0)
    meaning_since = models.DateTimeField(null=True, default=None)
    digest = models.CharField(max_length=71)
    published_at = models.DateTimeField()
    last_reviewed = models.DateField()
    warn_on = models.DateField(null=True, default=None)
    next_review_due = models.DateField(null=True, default=None)
    expires_on = models.DateField(null=True, default=None)
    updated_at = models.DateTimeField()
    seq = models.BigIntegerField()
    etag = models.CharField(max_length=40)
    cache_tags = models.TextField()
    search_names = models.TextField(default="")
    search_body = models.TextField(default="")
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
            models.Index(fields=["language", "-last_reviewed", "-id"], name="live_by_review"),
            models.Index(fields=["translation_of"], name="live_by_translation"),
            models.Index(fields=["next_review_due"], name="live_by_review_due"),
            models.Index(fields=["warn_on"], name="live_by_warning"),
            models.Index(fields=["expires_on"], name="live_by_expiry"),
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
    letter = models.CharField(max_length=1, default="#")
    specialty = models.CharField(max_length=40, default="")
    document = models.TextField()

    class Meta:
        ordering = ["name"]
        indexes = [
            models.Index(fields=["letter", "name", "id"], name="live_topic_by_letter"),
            models.Index(fields=["specialty", "name", "id"], name="live_topic_by_specialty"),
            models.Index(fields=["slug"], name="live_topic_by_slug"),
        ]

    def __str__(self) -> str:
        return self.name


class LiveContributor(models.Model):
    """A contributor of live articles, as the newest live edition that names them does."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    document = models.TextField()

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["name", "id"], name="live_contributor_by_name")]

    def __str__(self) -> str:
        return self.name


class UseKind(models.TextChoices):
    """What of a live article another page or list asks for."""

    CONTRIBUTOR = "contributor", "Contributor"
    REFERENCE = "reference", "Reference"
    DISCLAIMER = "disclaimer", "Disclaimer"
    AUDIENCE = "audience", "Audience"
    PERSPECTIVE = "perspective", "Perspective"


class LiveUse(models.Model):
    """One thing that a live article uses: `key` is the id of a contributor, reference or disclaimer, or a value."""

    article_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=UseKind)
    key = models.CharField(max_length=64)

    class Meta:
        ordering = ["article_id", "kind", "key"]
        constraints = [models.UniqueConstraint(fields=["kind", "key", "article_id"], name="live_use_once")]
        indexes = [models.Index(fields=["article_id"], name="live_use_by_article")]

    def __str__(self) -> str:
        return f"{self.article_id} uses {self.kind} {self.key}"


class LiveCorrection(models.Model):
    """A dated notice for readers: a correction of a live article, or a withdrawal. `key` is p or w and the row's id.

    Of a withdrawn article nothing is said but its address and what the withdrawal tells readers.
    """

    key = models.CharField(primary_key=True, max_length=24)
    article_id = models.UUIDField()
    language = models.CharField(max_length=12)
    slug = models.SlugField(max_length=140)
    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=40)
    summary = models.TextField()
    edition_number = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-key"]
        indexes = [
            models.Index(fields=["-at", "-key"], name="correction_newest_first"),
            models.Index(fields=["article_id"], name="correction_by_article"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.language}/{self.slug}"


class LiveRedirect(models.Model):
    """An address that an article had before. It leads to where the article is now, or to why it is gone."""

    language = models.CharField(max_length=12)
    slug = models.SlugField(max_length=140)
    article_id = models.UUIDField()

    class Meta:
        ordering = ["language", "slug"]
        constraints = [models.UniqueConstraint(fields=["language", "slug"], name="live_redirect_once")]

    def __str__(self) -> str:
        return f"{self.language}/{self.slug}"


class LivePage(models.Model):
    """What a page that is about no article shows, as JSON: `policies`, how this site reviews."""

    key = models.CharField(primary_key=True, max_length=40)
    document = models.TextField()

    def __str__(self) -> str:
        return self.key


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
