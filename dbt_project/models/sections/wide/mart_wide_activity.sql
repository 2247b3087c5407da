-- noqa: disable=RF04
-- Written from schemas/questionnaires by `kyogikai questionnaire marts`; do not edit.
-- ② activity: one row for each municipality and year.
with municipalities as (
    select * from {{ ref('stg_municipalities') }}
),

answers as (
    select * from {{ ref('stg_answers') }} where block_id in ('activity_answers')
)

select
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.kind,
    municipalities.area,
    {{ chosen('agenda_topic', 'support_system_issues') }} as agenda_topic__support_system_issues,
    {{ chosen('agenda_topic', 'service_provision_issues') }} as agenda_topic__service_provision_issues,
    {{ chosen('agenda_topic', 'network') }} as agenda_topic__network,
    {{ chosen('agenda_topic', 'welfare_plan') }} as agenda_topic__welfare_plan,
    {{ chosen('agenda_topic', 'support_base') }} as agenda_topic__support_base,
    {{ chosen('agenda_topic', 'hard_cases') }} as agenda_topic__hard_cases,
    {{ chosen('agenda_topic', 'core_center') }} as agenda_topic__core_center,
    {{ chosen('agenda_topic', 'rights') }} as agenda_topic__rights,
    {{ chosen('agenda_topic', 'disaster') }} as agenda_topic__disaster,
    {{ chosen('agenda_topic', 'other') }} as agenda_topic__other,
    {{ chosen('agenda_topic', 'none') }} as agenda_topic__none,
    {{ answer('agenda_topic_other_text', 'value_text') }} as agenda_topic_other_text,
    {{ chosen('role', 'information_sharing') }} as role__information_sharing,
    {{ chosen('role', 'issue_organisation') }} as role__issue_organisation,
    {{ chosen('role', 'problem_solving') }} as role__problem_solving,
    {{ chosen('role', 'cross_field_network') }} as role__cross_field_network,
    {{ chosen('role', 'resource_development') }} as role__resource_development,
    {{ chosen('role', 'evaluation') }} as role__evaluation,
    {{ chosen('role', 'other') }} as role__other,
    {{ chosen('role', 'none') }} as role__none,
    {{ answer('role_other_text', 'value_text') }} as role_other_text,
    {{ answer('local_issues', 'value_code') }} as local_issues,
    {{ chosen('identification_method', 'meetings') }} as identification_method__meetings,
    {{ chosen('identification_method', 'survey') }} as identification_method__survey,
    {{ chosen('identification_method', 'individual_support_meeting') }}
        as identification_method__individual_support_meeting,
    {{ chosen('identification_method', 'direct') }} as identification_method__direct,
    {{ chosen('identification_method', 'visits') }} as identification_method__visits,
    {{ chosen('identification_method', 'other') }} as identification_method__other,
    {{ chosen('identification_method', 'none') }} as identification_method__none,
    {{ answer('identification_method_other_text', 'value_text') }} as identification_method_other_text,
    {{ chosen('hard_case_review', 'from_meetings') }} as hard_case_review__from_meetings,
    {{ chosen('hard_case_review', 'from_survey') }} as hard_case_review__from_survey,
    {{ chosen('hard_case_review', 'from_individual_meeting') }} as hard_case_review__from_individual_meeting,
    {{ chosen('hard_case_review', 'from_offices') }} as hard_case_review__from_offices,
    {{ chosen('hard_case_review', 'from_desk') }} as hard_case_review__from_desk,
    {{ chosen('hard_case_review', 'other') }} as hard_case_review__other,
    {{ chosen('hard_case_review', 'none') }} as hard_case_review__none,
    {{ answer('hard_case_review_other_text', 'value_text') }} as hard_case_review_other_text,
    {{ chosen('effort', 'consultation') }} as effort__consultation,
    {{ chosen('effort', 'employment') }} as effort__employment,
    {{ chosen('effort', 'children') }} as effort__children,
    {{ chosen('effort', 'rights') }} as effort__rights,
    {{ chosen('effort', 'community_living') }} as effort__community_living,
    {{ chosen('effort', 'workforce') }} as effort__workforce,
    {{ chosen('effort', 'medical_care') }} as effort__medical_care,
    {{ chosen('effort', 'disaster') }} as effort__disaster,
    {{ chosen('effort', 'other') }} as effort__other,
    {{ chosen('effort', 'none') }} as effort__none,
    {{ answer('effort_other_text', 'value_text') }} as effort_other_text,
    {{ chosen('wider_area_issue', 'workforce.prefecture_wide') }} as wider_area_issue__workforce__prefecture_wide,
    {{ chosen('wider_area_issue', 'workforce.regional') }} as wider_area_issue__workforce__regional,
    {{ chosen('wider_area_issue', 'social_resources.prefecture_wide') }}
        as wider_area_issue__social_resources__prefecture_wide,
    {{ chosen('wider_area_issue', 'social_resources.regional') }} as wider_area_issue__social_resources__regional,
    {{ chosen('wider_area_issue', 'medical_care.prefecture_wide') }} as wider_area_issue__medical_care__prefecture_wide,
    {{ chosen('wider_area_issue', 'medical_care.regional') }} as wider_area_issue__medical_care__regional,
    {{ chosen('wider_area_issue', 'consultation.prefecture_wide') }} as wider_area_issue__consultation__prefecture_wide,
    {{ chosen('wider_area_issue', 'consultation.regional') }} as wider_area_issue__consultation__regional,
    {{ chosen('wider_area_issue', 'severe_behaviour.prefecture_wide') }}
        as wider_area_issue__severe_behaviour__prefecture_wide,
    {{ chosen('wider_area_issue', 'severe_behaviour.regional') }} as wider_area_issue__severe_behaviour__regional,
    {{ chosen('wider_area_issue', 'transport.prefecture_wide') }} as wider_area_issue__transport__prefecture_wide,
    {{ chosen('wider_area_issue', 'transport.regional') }} as wider_area_issue__transport__regional,
    {{ chosen('wider_area_issue', 'other.prefecture_wide') }} as wider_area_issue__other__prefecture_wide,
    {{ chosen('wider_area_issue', 'other.regional') }} as wider_area_issue__other__regional,
    {{ chosen('wider_area_issue', 'none') }} as wider_area_issue__none,
    {{ answer('wider_area_issue_other_text', 'value_text') }} as wider_area_issue_other_text
from municipalities
left join answers
    on municipalities.year = answers.year and municipalities.municipality_code = answers.municipality_code
group by
    municipalities.year,
    municipalities.municipality_code,
    municipalities.name,
    municipalities.kind,
    municipalities.area
