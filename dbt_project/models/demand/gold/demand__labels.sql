{{ config(materialized='table', tblproperties=all_versions()) }}
{%- set horizon = use_case('demand').question.horizon %}

with days_ahead as (

    select
        product_category,
        as_of,
        sum(units) over (
            partition by product_category order by as_of rows between 1 following and {{ horizon }} following
        ) as units_next_week
    from {{ ref('int_demand__category_days') }}

)

select
    features.product_category,
    features.as_of,
    cast(days_ahead.units_next_week as double) as units_next_week
from {{ ref('demand__features') }} as features
inner join days_ahead
    on features.product_category = days_ahead.product_category and features.as_of = days_ahead.as_of
-- the answer of a day is known once `horizon` more days are completed, not before
where {{ period_shift('demand', 'features.as_of', horizon) }} <= {{ completed_through('demand') }}
