-- Labels made once more, from the receipts of the weeks after and by counting days: each row names a household and week
-- whose label is wrong, missing, or there before its four weeks are over.
{%- set horizon = use_case('churn').question.horizon %}

with receipts as (

    select distinct household_id, purchase_date
    from {{ ref('stg_churn__transactions') }}

),

expected as (

    select
        asked.household_id,
        asked.as_of,
        if(count(receipts.purchase_date) = 0, 1, 0) as churned
    from {{ ref('int_churn__active_households') }} as asked
    left join receipts
        on
            asked.household_id = receipts.household_id
            and datediff(receipts.purchase_date, asked.as_of) between 1 and {{ 7 * horizon }}
    where date_add(asked.as_of, {{ 7 * horizon }}) <= {{ completed_through('churn') }}
    group by asked.household_id, asked.as_of

)

select
    coalesce(expected.household_id, labels.household_id) as household_id,
    coalesce(expected.as_of, labels.as_of) as as_of,
    expected.churned as happened,
    labels.churned as labelled
from expected
full outer join {{ ref('churn__labels') }} as labels
    on expected.household_id = labels.household_id and expected.as_of = labels.as_of
where not expected.churned <=> labels.churned
