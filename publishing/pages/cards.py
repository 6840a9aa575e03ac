"""The short form of an article in a list, from the stored card. Pure."""

from typing import Any

from publishing.document import page_path


def shown_card(card: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": card["title"],
        "summary": card["summary"],
        "html_url": page_path(card["language"], card["slug"]),
        "language": card["language"],
        "topic_name": card["topic"]["name"],
        "aspect": card["aspect"],
        "last_reviewed": card["last_reviewed"],
        "viewpoint_count": card["viewpoint_count"],
    }
