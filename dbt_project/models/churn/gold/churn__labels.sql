{{ config(materialized='table', tblproperties=all_versions()) }}
{%- set horizon = use_case('churn').question.horizon %}

with labelled as (

    -- the answer of a period is known once `horizon` more periods are completed, not before
    select household_id, as_of
    from {{ ref('churn__features') }}
    where {{ period_shift('churn', 'as_of', horizon) }} <= {{ completed_through('churn') }}

),

returned as (

    -- a purchase shows that its household did not leave in any of the `horizon` periods before
    select distinct
        household_id,
        explode({{ periods_after('churn', 'as_of', -horizon, -1) }}) as as_of
    from {{ ref('stg_churn__transactions') }}

)

select
    labelled.household_id,
    labelled.as_of,
    if(returned.household_id is null, 1, 0) as churned
from labelled
left join returned
    on labelled.household_id = returned.household_id and labelled.as_of = returned.as_of
