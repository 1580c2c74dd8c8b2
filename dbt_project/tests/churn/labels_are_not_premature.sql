-- Weeks that have labels although the last of the weeks that the answer is about is not over: no receipt was written on
-- its last day or later.
with labelled as (

    select
        max(week) as week,
        {{ week_end('churn', 'max(week) + ' ~ var('churn_horizon_weeks')) }} as answered_on
    from {{ ref('household_week_labels') }}

),

newest as (

    select max(purchase_date) as purchase_date from {{ ref('stg_churn__transactions') }}

)

select *
from labelled
cross join newest
where newest.purchase_date < labelled.answered_on
