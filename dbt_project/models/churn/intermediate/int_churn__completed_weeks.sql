with newest as (

    select {{ completed_weeks('churn', 'max(purchase_date)') }} as weeks
    from {{ ref('int_churn__household_days') }}

),

weeks as (

    -- sequence(0, -1) would count downwards, hence the guard
    select explode(if(weeks > 0, sequence(0, weeks - 1), array())) as week
    from newest

)

select
    week,
    {{ week_end('churn', 'week') }} as as_of
from weeks
