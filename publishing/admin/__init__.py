"""The admin of what is public: the buttons, each one action; the publication desk; read-only lists of the facts."""

from publishing.admin import records

__all__ = ["records"]
