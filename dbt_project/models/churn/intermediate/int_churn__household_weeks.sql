-- A table, because features, labels and their tests all read it.
{{ config(materialized='table') }}

with active as (

    -- a purchase makes its household active in its own week and the following ones
    select distinct
        household_id,
        explode(sequence(week, week + {{ var('churn_active_weeks') }} - 1)) as week
    from {{ ref('int_churn__household_days') }}

)

select
    active.household_id,
    active.week,
    completed.as_of
from active
inner join {{ ref('int_churn__completed_weeks') }} as completed
    on active.week = completed.week
where active.week >= {{ var('churn_active_weeks') }} - 1
