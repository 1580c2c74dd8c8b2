select
    household_id,
    age,
    income,
    household_size,
    household_comp,
    home_ownership,
    -- ordered bands become their rank, so that a model can split on "at least"
    array_position(array('19-24', '25-34', '35-44', '45-54', '55-64', '65+'), age) as age_rank,
    array_position(
        array(
            'Under 15K', '15-24K', '25-34K', '35-49K', '50-74K', '75-99K', '100-124K', '125-149K', '150-174K',
            '175-199K', '200-249K', '250K+'
        ),
        income
    ) as income_rank,
    cast(substring(household_size, 1, 1) as int) as household_size_rank
from {{ source('retail', 'demographics') }}
