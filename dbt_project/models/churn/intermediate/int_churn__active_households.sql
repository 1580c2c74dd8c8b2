{%- set active = use_case('churn').question.active %}

with active as (

    -- a purchase makes its household active in its own period and the following ones
    select distinct
        household_id,
        explode({{ periods_after('churn', 'as_of', 0, active - 1) }}) as as_of
    from {{ ref('stg_churn__transactions') }}

)

select household_id, as_of
from active
where
    as_of >= {{ period_at('churn', active - 1) }}
    and as_of <= {{ completed_through('churn') }}
