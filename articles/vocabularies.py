"""The lists that fields choose from, verbatim from the standards they cite.

schema.org 30.0 (HealthAspectEnumeration, MedicalSpecialty, MedicalAudienceType), ICMJE disclosure form (13 items),
GRADE, OCEBM 2011 levels. May import nothing of ours.
"""

from django.db import models


def _plain(name: str) -> str:
    """Split `SideEffects` into `Side effects`."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    return words[:1].upper() + words[1:]


#: schema.org HealthAspectEnumeration
ASPECTS = [
    (f"{name}HealthAspect", _plain(name))
    for name in (
        "Overview Symptoms Causes Types Stages Prognosis Prevention Screening Treatments SelfCare SideEffects "
        "RisksOrComplications Safety Effectiveness Benefits LivingWith PatientExperience SeeDoctor Misconceptions "
        "Pregnancy Contagiousness Allergies HowItWorks HowOrWhere MayTreat Ingredients UsageOrSchedule "
        "GettingAccess RelatedTopics"
    ).split()
]

#: schema.org MedicalSpecialty (42 values)
SPECIALTIES = [
    (name, _plain(name))
    for name in (
        "Anesthesia Cardiovascular CommunityHealth Dentistry Dermatologic Dermatology DietNutrition Emergency "
        "Endocrine Gastroenterologic Genetic Geriatric Gynecologic Hematologic Infectious LaboratoryScience "
        "Midwifery Musculoskeletal Neurologic Nursing Obstetric Oncologic Optometric Otolaryngologic Pathology "
        "Pediatric PharmacySpecialty Physiotherapy PlasticSurgery Podiatric PrimaryCare Psychiatric PublicHealth "
        "Pulmonary Radiography Renal RespiratoryTherapy Rheumatologic SpeechPathology Surgical Toxicologic Urologic"
    ).split()
]

#: schema.org MedicalAudienceType, and its PeopleAudience neighbour
AUDIENCES = [
    ("Patient", "Patients"),
    ("Caregiver", "Caregivers"),
    ("Clinician", "Clinicians"),
    ("MedicalResearcher", "Medical researchers"),
]


class TopicKind(models.TextChoices):
    CONDITION = "condition", "Condition"
    SYMPTOM = "symptom", "Symptom"
    TREATMENT = "treatment", "Treatment"
    MEDICINE = "medicine", "Medicine"
    WELLNESS = "wellness", "Wellness"
    ANATOMY = "anatomy", "Anatomy"
    TEST = "test", "Test"


class CodeSystem(models.TextChoices):
    ICD_10_CM = "icd-10-cm", "ICD-10-CM"
    MESH = "mesh", "MeSH"
    SNOMED_CT = "snomed-ct", "SNOMED CT"
    UMLS = "umls", "UMLS"


class RiskTier(models.IntegerChoices):
    WELLNESS = 1, "1: wellness"
    CONDITION = 2, "2: symptoms and conditions"
    TREATMENT = 3, "3: treatment, medicines, pregnancy, children, crisis"


class Perspective(models.TextChoices):
    CLINICAL = "clinical", "Clinical"
    ALLIED_HEALTH = "allied_health", "Allied health"
    PHARMACY = "pharmacy", "Pharmacy"
    NURSING = "nursing", "Nursing"
    MENTAL_HEALTH = "mental_health", "Mental health"
    PUBLIC_HEALTH = "public_health", "Public health"
    RESEARCH = "research", "Research"
    LIVED_EXPERIENCE = "lived_experience", "Lived experience"
    CAREGIVER = "caregiver", "Caregiver"
    INSTITUTIONAL = "institutional", "Institutional"
    REGULATORY = "regulatory", "Regulatory"
    EDITORIAL = "editorial", "Editorial"


class ContributorKind(models.TextChoices):
    PERSON = "person", "Person"
    ORGANIZATION = "organization", "Organization"


class ContributionRole(models.TextChoices):
    AUTHOR = "author", "Author"
    REPRESENTATIVE = "representative", "Representative of an organization"
    EDITOR = "editor", "Editor"
    TRANSLATOR = "translator", "Translator"


class Profession(models.TextChoices):
    PHYSICIAN = "physician", "Physician"
    NURSE = "nurse", "Nurse"
    PHARMACIST = "pharmacist", "Pharmacist"
    DENTIST = "dentist", "Dentist"
    PSYCHOLOGIST = "psychologist", "Psychologist"
    PHYSIOTHERAPIST = "physiotherapist", "Physiotherapist"
    MIDWIFE = "midwife", "Midwife"
    DIETITIAN = "dietitian", "Dietitian"
    OTHER_CLINICIAN = "other_clinician", "Other licensed clinician"
    LEGAL = "legal", "Legal counsel"
    EDITOR = "editor", "Editor"
    OTHER = "other", "Other"


CLINICAL_PROFESSIONS = frozenset(
    {
        "physician",
        "nurse",
        "pharmacist",
        "dentist",
        "psychologist",
        "physiotherapist",
        "midwife",
        "dietitian",
        "other_clinician",
    }
)


class DisclosureStatus(models.TextChoices):
    """ "No conflict" is not "never asked"."""

    NOT_ASKED = "not_asked", "Not asked yet"
    NONE_DECLARED = "none_declared", "Nothing to declare"
    INTERESTS_DECLARED = "interests_declared", "Interests declared"
    REFUSED = "refused", "Refused to declare"


class InterestItem(models.TextChoices):
    """The thirteen items of the ICMJE disclosure form."""

    SUPPORT = "support_for_this_work", "Support for this work"
    GRANTS = "grants_or_contracts", "Grants or contracts"
    ROYALTIES = "royalties_or_licenses", "Royalties or licenses"
    CONSULTING = "consulting_fees", "Consulting fees"
    HONORARIA = "payment_or_honoraria", "Payment or honoraria"
    TESTIMONY = "payment_for_expert_testimony", "Payment for expert testimony"
    TRAVEL = "support_for_attending_meetings_or_travel", "Support for attending meetings or travel"
    PATENTS = "patents_planned_issued_or_pending", "Patents planned, issued or pending"
    SAFETY_BOARD = "data_safety_monitoring_or_advisory_board", "Data safety monitoring or advisory board"
    LEADERSHIP = "leadership_or_fiduciary_role", "Leadership or fiduciary role"
    STOCK = "stock_or_stock_options", "Stock or stock options"
    EQUIPMENT = (
        "receipt_of_equipment_materials_drugs_medical_writing_gifts_or_services",
        "Receipt of equipment, materials, drugs, medical writing, gifts or services",
    )
    OTHER = "other_financial_or_nonfinancial_interests", "Other financial or non-financial interests"


class DisclaimerKind(models.TextChoices):
    MIXED_AUTHORSHIP = "mixed_authorship", "Mixed authorship"
    NOT_MEDICAL_ADVICE = "not_medical_advice", "Not medical advice"
    EMERGENCY = "emergency", "Emergency"
    ADVERTISING_POLICY = "advertising_policy", "Advertising policy"
    NO_ADVERTISING = "no_advertising", "No advertising"
    SPONSORSHIP = "sponsorship", "Sponsorship"
    OPINION = "opinion", "Opinion"
    OFF_LABEL = "off_label_or_unapproved", "Off-label or unapproved use"
    JURISDICTION = "jurisdiction", "Jurisdiction"
    TRANSLATION = "translation", "Translation"
    AI_ASSISTANCE = "ai_assistance", "AI assistance"
    SUPERSEDED = "superseded", "Superseded"
    UNDER_REASSESSMENT = "under_reassessment", "Under reassessment"


class Placement(models.TextChoices):
    TOP = "top", "Above the viewpoints"
    BOTTOM = "bottom", "Below the viewpoints"
    VIEWPOINT = "viewpoint", "With each viewpoint"
    API_ONLY = "api_only", "In the API only"


class ReferenceType(models.TextChoices):
    GUIDELINE = "guideline", "Guideline"
    SYSTEMATIC_REVIEW = "systematic_review", "Systematic review"
    RCT = "rct", "Randomised controlled trial"
    COHORT = "cohort", "Cohort study"
    CASE_CONTROL = "case_control", "Case-control study"
    CASE_SERIES = "case_series", "Case series"
    EXPERT_OPINION = "expert_opinion", "Expert opinion"
    PATIENT_INFORMATION = "patient_information", "Patient information"
    TEXTBOOK = "textbook", "Textbook"
    REGULATOR_LABEL = "regulator_label", "Regulator's label"
    DATASET = "dataset", "Data set"
    WEB_PAGE = "web_page", "Web page"


class ReferenceStatus(models.TextChoices):
    UNCHECKED = "unchecked", "Not checked"
    OK = "ok", "Checked, stands"
    CORRECTED = "corrected", "Corrected"
    EXPRESSION_OF_CONCERN = "expression_of_concern", "Expression of concern"
    RETRACTED = "retracted", "Retracted"
    WITHDRAWN = "withdrawn", "Withdrawn"
    UNREACHABLE = "unreachable", "Unreachable"


class GradeCertainty(models.TextChoices):
    """GRADE certainty of evidence."""

    HIGH = "high", "High"
    MODERATE = "moderate", "Moderate"
    LOW = "low", "Low"
    VERY_LOW = "very_low", "Very low"


class EvidenceLevel(models.TextChoices):
    """OCEBM 2011 levels of evidence."""

    ONE = "1", "1: systematic review"
    TWO = "2", "2: randomised trial or dramatic effect"
    THREE = "3", "3: controlled cohort or follow-up study"
    FOUR = "4", "4: case series or case-control"
    FIVE = "5", "5: mechanism-based reasoning"
