"""The three review policies that a new installation starts with (docs/workflow.md shows them as a table).

They are data: edit them in the admin. Existing rows are never overwritten.
"""

from typing import Any

from articles.history import write
from reviews.models import ReviewPolicy, Stage

CHECKS = [
    "title_missing",
    "summary_missing",
    "no_viewpoints",
    "empty_viewpoint",
    "unattributed_viewpoint",
    "duplicate_viewpoint",
    "advertising_line",
    "see_doctor_missing",
    "reference_retracted",
    "contributor_without_credentials",
    "disclosure_missing",
    "disclosure_refused",
    "disclosure_stale",
    "credential_expired",
    "mixed_scripts",
    "invisible_character",
    "odd_digits",
]
DISCLAIMERS = ["mixed_authorship", "not_medical_advice"]
EDITORIAL = {
    "key": "editorial",
    "label": "Editorial review",
    "order": 1,
    "group": "Editor",
    "due_days": 7,
    "checklist": [
        "Can a worried reader follow every sentence?",
        "Is it clear who says what, and where the viewpoints differ?",
    ],
}
MEDICAL = {
    "key": "medical",
    "label": "Medical review",
    "order": 2,
    "group": "Medical reviewer",
    "holder": "clinician",
    "checklist": [
        "Is every statement right, as far as you can judge?",
        "Do numbers, doses and units agree with the sources?",
        "Are risks, limits and when to see a doctor said plainly?",
    ],
}

DEFAULTS: list[dict[str, Any]] = [
    {
        "risk_tier": 1,
        "name": "Wellness",
        "validity_months": 36,
        "separate_releaser": False,
        "blocking_checks": CHECKS,
        "stages": [EDITORIAL, MEDICAL | {"quorum": 1}],
    },
    {
        "risk_tier": 2,
        "name": "Symptoms and conditions",
        "validity_months": 24,
        "blocking_checks": CHECKS,
        "stages": [EDITORIAL, MEDICAL | {"quorum": 2, "specialists": 1}],
    },
    {
        "risk_tier": 3,
        "name": "Treatment and medicines",
        "validity_months": 12,
        "grace_days": 0,
        "on_expiry": "unpublish",
        "blocking_checks": [*CHECKS, "claim_unreferenced", "credential_stale"],
        "stages": [
            EDITORIAL,
            MEDICAL | {"quorum": 2, "specialists": 2},
            {
                "key": "pharmacy_legal",
                "label": "Pharmacist or legal review",
                "order": 2,
                "group": "Medical reviewer",
                "holder": "pharmacist_or_legal",
                "checklist": ["Are medicines, doses and warnings as the product information gives them?"],
            },
        ],
    },
]


def install(*, by: Any) -> int:
    """Create the default policies where no policy exists at all, in the name of `by`; return how many."""
    if ReviewPolicy.objects.exists():
        return 0
    for default in DEFAULTS:
        values = {key: value for key, value in default.items() if key != "stages"}
        policy = ReviewPolicy(required_disclaimers=DISCLAIMERS, **values)
        policy.full_clean()
        write(policy, by=by, reason="Default policy of a new installation")
        for stage in default["stages"]:
            write(Stage(policy=policy, **stage), by=by, reason="Default policy of a new installation")
    return len(DEFAULTS)
