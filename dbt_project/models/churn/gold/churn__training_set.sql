{{ config(materialized='table', tblproperties=all_versions()) }}

select
    features.*,
    labels.churned
    {#- slices that are declared for this model; one that is a feature is there already #}
    {%- for column in use_case('churn').slices if column in model.columns %},
    demographics.{{ column }}
    {%- endfor %}
from {{ ref('churn__features') }} as features
inner join {{ ref('churn__labels') }} as labels
    on features.household_id = labels.household_id and features.as_of = labels.as_of
left join {{ ref('stg_churn__demographics') }} as demographics
    on features.household_id = demographics.household_id
