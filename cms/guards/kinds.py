"""The two kinds of guards."""

from dataclasses import dataclass


@dataclass(frozen=True)
class InsertOnly:
    """A table whose rows are never changed or removed.

    `same` has an SQL condition for each unique key but the row's own id: that row `x` and NEW cannot both be there.
    """

    table: str
    same: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """A condition under which a new (or, with `on_update`, changed) row of `table` is refused."""

    table: str
    condition: str
    message: str
    on_update: bool = False
    #: SQL for the id of the article whose row is locked first, so that rival actions queue up; "" for none.
    article: str = ""


def same(*columns: str) -> str:
    """Return the SQL condition that row `x` and NEW agree in these columns."""
    return " AND ".join(f"x.{column} = NEW.{column}" for column in columns)
