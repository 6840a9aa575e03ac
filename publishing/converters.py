"""What may stand in the variable parts of a public address."""

from django.urls import register_converter
from django.urls.converters import IntConverter, StringConverter


class EditionNumber(IntConverter):
    """A number from 1 to 999999 in ASCII digits without leading zeros."""

    regex = "[1-9][0-9]{0,5}"


class Language(StringConverter):
    """A BCP 47 language tag in its plain form."""

    regex = "[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}"


register_converter(EditionNumber, "edition")
register_converter(Language, "language")
