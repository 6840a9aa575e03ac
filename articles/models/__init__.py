"""Working drafts: topics, contributors, sources, disclaimers, and the articles made of them."""

from articles.models.article import Article, ArticleDisclaimer, Citation, Viewpoint, ViewpointContributor
from articles.models.contributor import Contributor, Credential, Disclosure, Interest
from articles.models.source import Disclaimer, Reference
from articles.models.topic import Topic, TopicCode

#: Every model of the working draft, parents first.
DRAFT_MODELS = (
    Topic,
    TopicCode,
    Contributor,
    Credential,
    Disclosure,
    Interest,
    Disclaimer,
    Reference,
    Article,
    ArticleDisclaimer,
    Viewpoint,
    ViewpointContributor,
    Citation,
)

__all__ = [
    "DRAFT_MODELS",
    "Article",
    "ArticleDisclaimer",
    "Citation",
    "Contributor",
    "Credential",
    "Disclaimer",
    "Disclosure",
    "Interest",
    "Reference",
    "Topic",
    "TopicCode",
    "Viewpoint",
    "ViewpointContributor",
]
