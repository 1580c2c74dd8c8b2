{{ config(materialized='table', contract={'enforced': true}) }}

select
    features.* except (as_of, ingested_at),
    labels.churned,
    -- slices: the groups that validation looks at one by one
    demographics.age,
    demographics.income,
    demographics.household_comp
from {{ ref('household_week_features') }} as features
inner join {{ ref('household_week_labels') }} as labels
    on features.household_id = labels.household_id and features.week = labels.week
left join {{ ref('stg_churn__demographics') }} as demographics
    on features.household_id = demographics.household_id
