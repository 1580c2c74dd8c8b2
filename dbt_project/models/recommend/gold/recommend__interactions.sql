{{
    config(
        materialized='incremental',
        incremental_strategy='replace_periods',
        on_schema_change='fail',
        tblproperties=all_versions(),
        post_hook="{{ remember_what_was_read('recommend') }}",
    )
}}
-- depends_on: {{ ref('int_recommend__changes') }}
select
    household_id,
    as_of,
    basket_id,
    product_id,
    product_category,
    department,
    bought_at,
    -- each line of a receipt counts alike, however many units it is of
    cast(1 as double) as weight
from {{ ref('stg_recommend__purchases') }}
where
    as_of >= {{ period_at('recommend', 0) }}
    and as_of <= {{ completed_through('recommend') }}
    {% if is_incremental() %}
    and {{ since_first_change('recommend') }}
    {% endif %}
