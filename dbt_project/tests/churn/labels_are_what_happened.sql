-- Labels that the receipts of the weeks after contradict, and active households of a labelled week without a label.
{%- set horizon = var('churn_horizon_weeks') %}

with weeks_bought_in as (

    select distinct household_id, week
    from {{ ref('stg_churn__transactions') }}

),

answers as (

    select
        labels.household_id,
        labels.week,
        labels.churned,
        count(bought.week) as weeks_with_purchase
    from {{ ref('household_week_labels') }} as labels
    left join weeks_bought_in as bought
        on
            labels.household_id = bought.household_id
            and bought.week between labels.week + 1 and labels.week + {{ horizon }}
    group by labels.household_id, labels.week, labels.churned

)

select household_id, week, 'contradicted' as problem
from answers
where churned != if(weeks_with_purchase = 0, 1, 0)

union all

select features.household_id, features.week, 'without a label' as problem
from {{ ref('household_week_features') }} as features
left anti join {{ ref('household_week_labels') }} as labels
    on features.household_id = labels.household_id and features.week = labels.week
where features.week <= (select max(week) from {{ ref('household_week_labels') }})
