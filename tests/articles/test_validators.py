"""Identifiers and lists are what they say they are."""

import pytest
from django.core.exceptions import ValidationError

from articles.validators import is_doi, is_https_address, is_list_of_audiences, is_list_of_names, is_orcid, is_ror

GOOD = [
    (is_orcid, "0000-0002-1825-0097"),
    (is_orcid, "0000-0002-9079-593X"),
    (is_ror, "https://ror.org/02mhbdp94"),
    (is_doi, "10.1000/182"),
    (is_doi, "10.1002/(SICI)1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2"),
    (is_https_address, "https://example.org/a?b=c#d"),
    (is_list_of_names, ["muscle twitch", "fasciculation"]),
    (is_list_of_names, []),
    (is_list_of_audiences, ["Patient", "Clinician"]),
]
BAD = [
    (is_orcid, "0000-0002-1825-0098", "orcid_check_digit"),
    (is_orcid, "0000-0002-9079-5930", "orcid_check_digit"),
    (is_orcid, "0000000218250097", "orcid_shape"),
    (is_orcid, "https://orcid.org/0000-0002-1825-0097", "orcid_shape"),
    (is_orcid, "0000-0002-1825-0097\n", "orcid_shape"),
    (is_orcid, "٠٠٠٠-٠٠٠٢-١٨٢٥-٠٠٩7", "orcid_shape"),
    (is_ror, "02mhbdp94", "ror_shape"),
    (is_ror, "http://ror.org/02mhbdp94", "ror_shape"),
    (is_ror, "https://ror.org/12mhbdp94", "ror_shape"),
    (is_ror, "https://ror.org/02mhbdp94/", "ror_shape"),
    (is_ror, "https://ror.org/02mhbdp٩٤", "ror_shape"),
    (is_doi, "https://doi.org/10.1000/182", "doi_shape"),
    (is_doi, "10.1000/", "doi_shape"),
    (is_doi, "10.1000/1 2", "doi_shape"),
    (is_https_address, "example.org", "address_shape"),
    (is_https_address, "javascript:alert(1)//https://example.org", "address_shape"),
    (is_https_address, 'https://example.org/"onclick=x', "address_shape"),
    (is_https_address, "https://example.org/a b", "address_shape"),
    (is_list_of_names, "muscle twitch", "not_a_list_of_names"),
    (is_list_of_names, [""], "not_a_list_of_names"),
    (is_list_of_names, ["x" * 301], "not_a_list_of_names"),
    (is_list_of_names, [["x"]], "not_a_list_of_names"),
    (is_list_of_audiences, {"Patient": 1}, "not_a_list_of_audiences"),
    (is_list_of_audiences, [1], "not_a_list_of_audiences"),
    (is_list_of_audiences, ["Patient", "Everybody"], "unknown_audience"),
]


@pytest.mark.parametrize(("rule", "value"), GOOD)
def test_good_values_pass(rule, value):
    rule(value)


@pytest.mark.parametrize(("rule", "value", "code"), BAD)
def test_bad_values_are_refused_with_a_code(rule, value, code):
    with pytest.raises(ValidationError) as caught:
        rule(value)
    assert caught.value.code == code


def test_an_audience_is_named_once():
    with pytest.raises(ValidationError):
        is_list_of_audiences(["Patient", "Patient"])
