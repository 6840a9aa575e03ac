"""Field validators: ORCID and ROR identifiers, lists of names, lists from a closed vocabulary."""

import re
from typing import Any

from django.core.exceptions import ValidationError

from articles import vocabularies as lists


def is_list_of_names(value: Any) -> None:
    """Raise ValidationError unless `value` is a list of non-empty strings of at most 300 characters."""
    if not isinstance(value, list) or not all(isinstance(name, str) and 0 < len(name) <= 300 for name in value):
        raise ValidationError("Give a list of names.", code="not_a_list_of_names")


def is_list_of_audiences(value: Any) -> None:
    """Raise ValidationError unless `value` is a list of schema.org audiences without repeats."""
    known = {name for name, _ in lists.AUDIENCES}
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValidationError("Give a list of audiences.", code="not_a_list_of_audiences")
    if unknown := set(value) - known:
        raise ValidationError(f"Unknown audience: {', '.join(sorted(unknown))}.", code="unknown_audience")
    if len(set(value)) < len(value):
        raise ValidationError("Name each audience once.", code="named_twice")


def is_orcid(value: str) -> None:
    """Raise ValidationError unless `value` is an ORCID iD with a right check digit (ISO 7064 MOD 11-2)."""
    if not re.fullmatch(r"([0-9]{4}-){3}[0-9]{3}[0-9X]", value):
        raise ValidationError("An ORCID iD looks like 0000-0002-1825-0097.", code="orcid_shape")
    total = 0
    for digit in value.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    if value[-1] != ("X" if check == 10 else str(check)):
        raise ValidationError("The check digit of this ORCID iD is wrong.", code="orcid_check_digit")


def is_ror(value: str) -> None:
    """Raise ValidationError unless `value` looks like a ROR identifier (https://ror.org/ and nine characters)."""
    if not re.fullmatch(r"https://ror\.org/0[a-hj-km-np-tv-z0-9]{6}[0-9]{2}", value):
        raise ValidationError("A ROR identifier looks like https://ror.org/02mhbdp94.", code="ror_shape")


def is_doi(value: str) -> None:
    """Raise ValidationError unless `value` is a bare DOI (ISO 26324), such as 10.1000/182."""
    if not re.fullmatch(r"10\.[0-9]{4,9}/\S+", value):
        raise ValidationError("A DOI looks like 10.1000/182, without an address before it.", code="doi_shape")


def is_https_address(value: str) -> None:
    """Raise ValidationError unless `value` is an http or https address without spaces."""
    if not re.fullmatch(r"https?://[^\s<>\"]+", value):
        raise ValidationError("Give a whole address that starts with https://.", code="address_shape")
