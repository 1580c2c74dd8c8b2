-- For some weeks and a third of the households, features made once more from the receipts themselves, cut off at the end
-- of the week. A feature that had seen anything later (or a household that is missing, or one too many) is listed.
{%- set sampled = "(week % 15 = 7 or week = (select max(week) from " ~ ref('household_week_features') ~ "))" %}
{%- set sampled_household = "household_id % 3 = 1" %}

with weeks as (

    select distinct week, {{ week_end('churn', 'week') }} as last_day
    from {{ ref('household_week_features') }}
    where {{ sampled }}

),

known as (

    select weeks.week, weeks.last_day, receipts.*  except (week)
    from weeks
    inner join {{ ref('stg_churn__transactions') }} as receipts on receipts.purchase_date <= weeks.last_day
    where {{ sampled_household }}

),

expected as (

    select
        household_id,
        week,
        datediff(max(last_day), max(purchase_date)) as days_since_purchase,
        datediff(max(last_day), min(purchase_date)) as tenure_days,
        size(collect_set(if(purchase_date > date_sub(last_day, 28), purchase_date, null))) as shopping_days_4w,
        size(collect_set(if(purchase_date > date_sub(last_day, 91), basket_id, null))) as baskets_13w,
        count_if(purchase_date > date_sub(last_day, 182)) as basket_lines_26w,
        sum(if(purchase_date > date_sub(last_day, 56), sales_value, 0)) as spend_8w
    from known
    group by household_id, week
    having
        max(purchase_date)
        >= date_add(date'{{ var("churn_first_day") }}', 7 * (week - {{ var("churn_active_weeks") }} + 1))

),

actual as (

    select * from {{ ref('household_week_features') }} where {{ sampled }} and {{ sampled_household }}

)

select
    coalesce(expected.household_id, actual.household_id) as household_id,
    coalesce(expected.week, actual.week) as week,
    expected.household_id is null as one_too_many,
    actual.household_id is null as missing
from expected
full outer join actual
    on expected.household_id = actual.household_id and expected.week = actual.week
where
    not (
        expected.days_since_purchase <=> actual.days_since_purchase
        and expected.tenure_days <=> actual.tenure_days
        and expected.shopping_days_4w <=> actual.shopping_days_4w
        and expected.baskets_13w <=> actual.baskets_13w
        and expected.basket_lines_26w <=> actual.basket_lines_26w
        and coalesce(abs(expected.spend_8w - actual.spend_8w) < 0.005, false)
    )
