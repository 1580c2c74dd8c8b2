{{ config(materialized='table', tblproperties=all_versions()) }}
{%- set active = use_case('demand').question.active %}

with windows as (

    select
        *,
        count(*) over past as history_days,
        sum(receipt_lines) over past as sales_so_far,
        sum(units) over d3 as units_3d,
        sum(units) over d7 as units_7d,
        sum(units) over d28 as units_28d,
        sum(units) over active_days as units_active,
        sum(units) over d91 as units_91d,
        7 * avg(units) over d14 as units_per_week_14d,
        7 * avg(units) over d28 as units_per_week_28d,
        7 * avg(units) over d91 as units_per_week_91d,
        7 * avg(units) over past as units_per_week_ever,
        stddev_samp(units) over d28 as units_std_28d,
        max(units) over d28 as units_max_28d,
        count_if(units > 0) over d28 as selling_days_28d,
        sum(sales) over d7 as sales_7d,
        sum(sales) over d28 as sales_28d,
        sum(sales) over d91 as sales_91d,
        sum(discounts) over d7 as discounts_7d,
        sum(discounts) over d28 as discounts_28d,
        sum(baskets) over d7 as baskets_7d,
        sum(baskets) over d28 as baskets_28d,
        sum(units) over (partition by as_of) as store_units
    from {{ ref('int_demand__category_days') }}
    window
        past as (partition by product_category order by as_of rows between unbounded preceding and current row),
        d3 as (partition by product_category order by as_of rows between 2 preceding and current row),
        d7 as (partition by product_category order by as_of rows between 6 preceding and current row),
        d14 as (partition by product_category order by as_of rows between 13 preceding and current row),
        d28 as (partition by product_category order by as_of rows between 27 preceding and current row),
        active_days as (partition by product_category order by as_of rows between {{ active - 1 }} preceding and current row),
        d91 as (partition by product_category order by as_of rows between 90 preceding and current row)

),

lags as (

    select
        *,
        lag(units_7d, 7) over category as units_7d_1w_ago,
        lag(units_per_week_28d, 28) over category as units_per_week_28d_4w_ago,
        sum(store_units) over d7 as store_units_7d,
        7 * avg(store_units) over d28 as store_units_per_week_28d
    from windows
    window
        category as (partition by product_category order by as_of),
        d7 as (partition by product_category order by as_of rows between 6 preceding and current row),
        d28 as (partition by product_category order by as_of rows between 27 preceding and current row)

)

select
    product_category,
    as_of,
    -- levels
    cast(units_7d as bigint) as units_7d,
    cast(units_per_week_28d as double) as units_per_week_28d,
    cast(units_per_week_91d as double) as units_per_week_91d,
    -- trends: a shorter window against a longer one, 1 = no change
    cast(try_divide(units_3d * 7 / 3, units_per_week_28d) as double) as trend_3d_28d,
    cast(try_divide(units_7d, units_per_week_28d) as double) as trend_7d_28d,
    cast(try_divide(units_7d_1w_ago, units_per_week_28d) as double) as trend_7d_1w_ago_28d,
    cast(try_divide(units_per_week_14d, units_per_week_28d) as double) as trend_14d_28d,
    cast(try_divide(units_per_week_28d, units_per_week_91d) as double) as trend_28d_91d,
    cast(try_divide(units_per_week_28d, units_per_week_28d_4w_ago) as double) as trend_28d_previous_28d,
    cast(try_divide(units_per_week_28d, units_per_week_ever) as double) as trend_28d_ever,
    -- how evenly it sells
    cast(try_divide(7 * units_std_28d, units_per_week_28d) as double) as daily_variation_28d,
    cast(try_divide(units_max_28d, units_28d) as double) as peak_day_share_28d,
    cast(selling_days_28d as int) as selling_days_28d,
    -- price, discounts and pack sizes; sales are paid amounts, so that a price falls in a promotion
    cast(try_divide(sales_28d, units_28d) as double) as price_28d,
    cast(try_divide(try_divide(sales_7d, units_7d), try_divide(sales_28d, units_28d)) as double) as price_7d_28d,
    cast(try_divide(try_divide(sales_28d, units_28d), try_divide(sales_91d, units_91d)) as double) as price_28d_91d,
    cast(try_divide(discounts_7d, sales_7d + discounts_7d) as double) as discount_share_7d,
    cast(try_divide(discounts_28d, sales_28d + discounts_28d) as double) as discount_share_28d,
    cast(try_divide(discounts_7d, sales_7d + discounts_7d) - try_divide(discounts_28d, sales_28d + discounts_28d) as double) as discount_share_change,
    cast(try_divide(units_28d, baskets_28d) as double) as units_per_basket_28d,
    cast(try_divide(try_divide(units_28d, baskets_28d), try_divide(units_7d, baskets_7d)) as double) as units_per_basket_change,
    -- all categories together
    cast(try_divide(store_units_7d, store_units_per_week_28d) as double) as store_trend_7d_28d,
    -- calendar
    dayofweek(as_of) as day_of_week,
    dayofmonth(as_of) as day_of_month
from lags
-- a category is asked about once 500 lines of it were sold and four weeks of it are known, while it still sells
where history_days >= 28 and sales_so_far >= 500 and units_active > 0
