{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['household_id', 'purchase_date'],
        on_schema_change='fail',
    )
}}

with transactions as (

    select * from {{ ref('stg_churn__transactions') }}
    {% if is_incremental() %}
    -- a day is made anew from all of its rows as soon as one of them is new, however late it came
    where purchase_date in (
        select purchase_date from {{ ref('stg_churn__transactions') }}
        where ingested_at > {{ newest(this, 'ingested_at') }}
    )
    {% endif %}

),

lines as (

    select
        transactions.*,
        product.department,
        product.product_category,
        coalesce(product.is_private_label, false) as is_private_label,
        coalesce(product.is_fuel, false) as is_fuel,
        coalesce(product.is_fresh, false) as is_fresh
    from transactions
    left join {{ ref('stg_churn__products') }} as product
        on transactions.product_id = product.product_id

)

select
    household_id,
    purchase_date,
    cast(min(week) as int) as week,
    -- size(collect_set()) counts as count(distinct) does, which would make four rows of each one first
    size(collect_set(basket_id)) as baskets,
    cast(count(*) as int) as basket_lines,
    sum(sales_value) as spend,
    sum(retail_discount) as retail_discount,
    sum(coupon_discount) as coupon_discount,
    sum(case when is_private_label then sales_value else 0 end) as private_label_spend,
    sum(case when is_fresh then sales_value else 0 end) as fresh_spend,
    sum(case when is_fuel then sales_value else 0 end) as fuel_spend,
    size(collect_set(department)) as departments,
    size(collect_set(product_category)) as categories,
    max(ingested_at) as ingested_at
from lines
group by household_id, purchase_date
