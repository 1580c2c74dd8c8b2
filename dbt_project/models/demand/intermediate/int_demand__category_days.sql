{{ config(materialized='table') }}
-- One row per category and completed day since the first: a day without sales counts, with zeros.

with sold as (

    select
        product_category,
        as_of,
        count(*) as receipt_lines,
        sum(units) as units,
        sum(sales) as sales,
        sum(discounts) as discounts,
        count(distinct basket_id) as baskets
    from {{ ref('stg_demand__sales') }}
    where as_of >= {{ period_at('demand', 0) }} and as_of <= {{ completed_through('demand') }}
    group by product_category, as_of

),

days as (

    select explode(sequence({{ period_at('demand', 0) }}, newest.as_of)) as as_of
    from (select {{ completed_through('demand') }} as as_of) as newest
    where newest.as_of >= {{ period_at('demand', 0) }}

),

categories as (

    select distinct product_category from sold

)

select
    categories.product_category,
    days.as_of,
    coalesce(sold.receipt_lines, 0) as receipt_lines,
    coalesce(sold.units, 0) as units,
    coalesce(sold.sales, 0) as sales,
    coalesce(sold.discounts, 0) as discounts,
    coalesce(sold.baskets, 0) as baskets
from categories
cross join days
left join sold
    on categories.product_category = sold.product_category and days.as_of = sold.as_of
