"""What MedQuAD's short names stand for: institutions, and kinds of question. Imports nothing of ours."""

INSTITUTIONS = {
    "CancerGov": "National Cancer Institute",
    "CDC": "Centers for Disease Control and Prevention",
    "GARD": "Genetic and Rare Diseases Information Center",
    "GHR": "Genetics Home Reference",
    "MPlusHealthTopics": "MedlinePlus",
    "MPlus_ADAM": "MedlinePlus",
    "MPlusDrugs": "MedlinePlus",
    "MPlusHerbsSupplements": "MedlinePlus",
    "NHLBI": "National Heart, Lung, and Blood Institute",
    "NIDDK": "National Institute of Diabetes and Digestive and Kidney Diseases",
    "NIHSeniorHealth": "NIHSeniorHealth",
    "NINDS": "National Institute of Neurological Disorders and Stroke",
}

_BY_ASPECT = {
    "Overview": "information; frequency; other information; brand names; brand names of combination products",
    "Symptoms": "symptoms",
    "Causes": "causes; inheritance; genetic changes",
    "RisksOrComplications": "susceptibility; complications",
    "Treatments": "treatment",
    "Screening": "exams and tests",
    "Prognosis": "outlook",
    "Prevention": "prevention",
    "Stages": "stages",
    "SelfCare": "considerations; dietary",
    "LivingWith": "support groups",
    "RelatedTopics": "research; how can i learn more",
    "SeeDoctor": "when to contact a medical professional",
    "SideEffects": "side effects; severe reaction",
    "Safety": "precautions; contraindication; interaction; important warning; emergency or overdose; "
    "interactions with medications; interactions with foods; interactions with herbs and supplements",
    "UsageOrSchedule": "usage; dose; forget a dose; storage and disposal",
    "MayTreat": "indication",
    "HowItWorks": "how does it work",
    "Effectiveness": "how effective is it",
    "Benefits": "why get vaccinated",
}

#: Kind of question -> the nearest value of schema.org HealthAspectEnumeration.
ASPECTS = {qtype: f"{aspect}HealthAspect" for aspect, names in _BY_ASPECT.items() for qtype in names.split("; ")}

#: Aspects that tell people what to take or to do: risk tier 3.
TREATING = frozenset(
    f"{name}HealthAspect" for name in "Treatments SideEffects Safety UsageOrSchedule MayTreat Effectiveness".split()
)
