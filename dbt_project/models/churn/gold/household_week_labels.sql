{{
    config(
        materialized='table',
        contract={'enforced': true},
    )
}}
{%- set horizon = var('churn_horizon_weeks') %}

with labelled_weeks as (

    -- the answer of a week is known once `horizon` more weeks are completed, not before
    select household_id, week
    from {{ ref('int_churn__household_weeks') }}
    where week + {{ horizon }} <= (select max(week) from {{ ref('int_churn__completed_weeks') }})

),

returned as (

    -- a purchase in week w shows that its household did not leave after any of the weeks w-horizon .. w-1
    select distinct
        household_id,
        explode(sequence(week - {{ horizon }}, week - 1)) as week
    from {{ ref('int_churn__household_days') }}

)

select
    labelled_weeks.household_id,
    labelled_weeks.week,
    if(returned.household_id is null, 1, 0) as churned
from labelled_weeks
left join returned
    on labelled_weeks.household_id = returned.household_id and labelled_weeks.week = returned.week
