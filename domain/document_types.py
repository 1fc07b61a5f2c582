"""What follows from a document type: five groupings of GOV.UK (alerts contract, 3.1).

The facts are those of the public mapping `govuk_document_types`; what it does not name is a `thing`
and `other`.
"""

from collections.abc import Mapping
from typing import Final


def _by_type(groups: Mapping[str, str]) -> dict[str, str]:
    return {one: group for group, types in groups.items() for one in types.split()}


_JOURNEY: Final = _by_type(
    {
        "finding": "document_collection finder homepage license_finder mainstream_browse_page "
        "organisation search service_manual_homepage service_manual_topic "
        "services_and_information taxon topic topical_event",
    }
)
_EMAIL: Final = _by_type(
    {
        "publications": "closed_consultation consultation consultation_outcome corporate_report "
        "correspondence decision foi_release form guidance impact_assessment independent_report "
        "international_treaty map national_statistics notice official_statistics "
        "open_consultation policy_paper promotional regulation research statistical_data_set "
        "statutory_guidance transparency",
        "announcements": "authored_article fatality_notice government_response news_story "
        "oral_statement press_release speech world_news_story written_statement",
    }
)
_GOVERNMENT: Final = _by_type(
    {
        "consultations": "consultation open_consultation consultation_outcome closed_consultation",
        "policy-papers": "policy_paper",
        "guidance": "guidance statutory_guidance",
        "impact-assessments": "impact_assessment",
        "independent-reports": "independent_report",
        "correspondence": "correspondence",
        "research-and-analysis": "research",
        "statistics": "official_statistics national_statistics statistical_data_set",
        "corporate-reports": "corporate_report",
        "transparency-data": "transparency",
        "foi-releases": "foi_release",
        "forms": "form",
        "maps": "map",
        "international-treaties": "international_treaty",
        "promotional-material": "promotional",
        "notices": "notice",
        "decisions": "decision",
        "regulations": "regulation",
        "press-releases": "press_release",
        "news-stories": "news_story",
        "fatality-notices": "fatality_notice",
        "speeches": "speech",
        "statements": "written_statement oral_statement authored_article",
        "government-responses": "government_response",
    }
)
_SUBGROUPS: Final = {
    "updates_and_alerts": "medical_safety_alert drug_safety_update",
    "news": "news_article news_story press_release world_location_news_article world_news_story "
    "fatality_notice",
    "decisions": "tax_tribunal_decision utaac_decision asylum_support_decision "
    "employment_appeal_tribunal_decision employment_tribunal_decision service_standard_report "
    "cma_case decision",
    "speeches_and_statements": "oral_statement written_statement authored_article correspondence "
    "speech government_response",
    "transactions": "completed_transaction local_transaction form calculator smart_answer "
    "simple_smart_answer place licence step_by_step_nav transaction answer guide",
    "regulation": "regulation statutory_instrument",
    "guidance": "detailed_guide manual manual_section guidance map calendar statutory_guidance "
    "notice international_treaty travel_advice promotional hmrc_manual",
    "business_support": "international_development_fund countryside_stewardship_grant esi_fund "
    "business_finance_support_scheme",
    "policy": "impact_assessment case_study policy_paper",
    "consultations": "open_consultation closed_consultation consultation_outcome",
    "research": "dfid_research_output independent_report research",
    "statistics": "statistics national_statistics statistics_announcement "
    "national_statistics_announcement official_statistics_announcement statistical_data_set "
    "official_statistics",
    "transparency_data": "transparency corporate_report",
    "freedom_of_information_releases": "foi_release",
    "incidents": "aaib_report raib_report maib_report",
}
_SUBGROUP: Final = _by_type(_SUBGROUPS)
_SUPERGROUPS: Final = _by_type(
    {
        "news_and_communications": "updates_and_alerts news decisions speeches_and_statements",
        "services": "transactions",
        "guidance_and_regulation": "regulation guidance business_support",
        "policy_and_engagement": "policy consultations",
        "research_and_statistics": "research statistics",
        "transparency": "transparency_data freedom_of_information_releases incidents",
    }
)


def supertypes(document_type: str) -> dict[str, str]:
    """The five groupings that this type is in, by their names."""
    subgroup = _SUBGROUP.get(document_type, "other")
    return {
        "user_journey_document_supertype": _JOURNEY.get(document_type, "thing"),
        "email_document_supertype": _EMAIL.get(document_type, "other"),
        "government_document_supertype": _GOVERNMENT.get(document_type, "other"),
        "content_purpose_subgroup": subgroup,
        "content_purpose_supergroup": _SUPERGROUPS.get(subgroup, "other"),
    }
