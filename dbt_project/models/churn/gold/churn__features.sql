{{
    config(
        materialized='incremental',
        incremental_strategy='replace_periods',
        on_schema_change='fail',
        tblproperties=all_versions(),
        post_hook="{{ remember_what_was_read('churn') }}",
    )
}}
-- depends_on: {{ ref('int_churn__changes') }}
{%- set windows = {
    'shopping_days': [1, 2, 4, 8, 13, 26],
    'baskets': [4, 13, 26],
    'basket_lines': [2, 4, 13, 26],
    'spend': [4, 8, 13, 26],
} %}
{%- set longest_window = 26 %}

with asked as (

    select household_id, as_of
    from {{ ref('int_churn__active_households') }}
    {% if is_incremental() %}
    where {{ since_first_change('churn') }}
    {% endif %}

),

days as (

    -- everything here looks backwards from a day, so that it was known on that day
    select
        *,
        datediff(
            purchase_date, lag(purchase_date) over (partition by household_id order by purchase_date)
        ) as days_since_previous,
        min(purchase_date) over (partition by household_id) as first_purchase_date
    from {{ ref('int_churn__household_days') }}

),

seen as (

    -- purchase days as seen from the end of a week; none is later than that end
    select
        asked.as_of,
        datediff(asked.as_of, days.purchase_date) as days_ago,
        days.*
    from asked
    inner join days
        on
            asked.household_id = days.household_id
            and days.purchase_date <= asked.as_of
            and days.purchase_date > date_sub(asked.as_of, 7 * {{ longest_window }})

),

behaviour as (

    select
        household_id,
        as_of,
        min(days_ago) as days_since_purchase,
        datediff(as_of, min(first_purchase_date)) as tenure_days,
        min_by(days_since_previous, days_ago) as days_between_last_two,
        {%- for weeks in windows['shopping_days'] %}
        cast(count_if(days_ago < {{ 7 * weeks }}) as int) as shopping_days_{{ weeks }}w,
        {%- endfor %}
        {%- for measure in ['baskets', 'basket_lines'] %}
        {%- for weeks in windows[measure] %}
        cast(sum(if(days_ago < {{ 7 * weeks }}, {{ measure }}, 0)) as int) as {{ measure }}_{{ weeks }}w,
        {%- endfor %}
        {%- endfor %}
        {%- for weeks in windows['spend'] %}
        sum(if(days_ago < {{ 7 * weeks }}, spend, 0)) as spend_{{ weeks }}w,
        {%- endfor %}
        -- one bit per week: count(distinct ...) twice would triple the rows first
        bit_count(bit_or(if(days_ago < 56, shiftleft(1, cast(floor(days_ago / 7) as int)), 0))) as active_weeks_8w,
        bit_count(bit_or(shiftleft(1, cast(floor(days_ago / 7) as int)))) as active_weeks_26w,
        avg(days_since_previous) as gap_mean,
        stddev_samp(days_since_previous) as gap_std,
        max(days_since_previous) as gap_max,
        min_by(spend, days_ago) as last_spend,
        min_by(basket_lines, days_ago) as last_basket_lines,
        sum(basket_lines) as lines,
        sum(retail_discount) as retail_discount,
        sum(coupon_discount) as coupon_discount,
        sum(private_label_spend) as private_label_spend,
        sum(fresh_spend) as fresh_spend,
        sum(fuel_spend) as fuel_spend,
        avg(departments) as departments_per_day,
        avg(categories) as categories_per_day
    from seen
    group by household_id, as_of

),

campaigns as (

    select
        asked.household_id,
        asked.as_of,
        count(*) as campaigns_received,
        count_if(campaigns.ends_on > asked.as_of) as campaigns_running,
        min(datediff(asked.as_of, campaigns.starts_on)) as days_since_campaign
    from asked
    inner join {{ ref('stg_churn__campaigns') }} as campaigns
        on
            asked.household_id = campaigns.household_id
            and campaigns.starts_on <= asked.as_of
    group by asked.household_id, asked.as_of

)

select
    behaviour.household_id,
    behaviour.as_of,
    -- recency
    days_since_purchase,
    days_between_last_two,
    tenure_days,
    -- frequency and value
    {%- for measure, lengths in windows.items() %}
    {%- for weeks in lengths %}
    {{ measure }}_{{ weeks }}w,
    {%- endfor %}
    {%- endfor %}
    active_weeks_8w,
    active_weeks_26w,
    -- rhythm
    gap_mean,
    gap_std,
    gap_max,
    (days_since_purchase - gap_mean) / greatest(gap_std, 1) as overdue,
    -- what the household buys
    spend_26w / shopping_days_26w as spend_per_day,
    spend_26w / lines as spend_per_line,
    last_spend,
    last_basket_lines,
    try_divide(retail_discount, spend_26w + retail_discount + coupon_discount) as retail_discount_share,
    try_divide(coupon_discount, spend_26w + retail_discount + coupon_discount) as coupon_discount_share,
    try_divide(private_label_spend, spend_26w) as private_label_share,
    try_divide(fresh_spend, spend_26w) as fresh_share,
    try_divide(fuel_spend, spend_26w) as fuel_share,
    departments_per_day,
    categories_per_day,
    -- campaigns
    cast(coalesce(campaigns_received, 0) as int) as campaigns_received,
    cast(coalesce(campaigns_running, 0) as int) as campaigns_running,
    days_since_campaign,
    -- demographics, known of a third of the households
    if(demographics.household_id is null, 0, 1) as has_demographics,
    cast(demographics.age_rank as int) as age_rank,
    cast(demographics.income_rank as int) as income_rank,
    demographics.household_size_rank
from behaviour
left join campaigns
    on behaviour.household_id = campaigns.household_id and behaviour.as_of = campaigns.as_of
left join {{ ref('stg_churn__demographics') }} as demographics
    on behaviour.household_id = demographics.household_id
