select
    id,
    name,
    coalesce({{ var('column', 'city') }}, 'unknown') as city,
    joined,
    cast(balance + if(id = 1, {{ var('raise', 0) }}, 0) as decimal(10, 2)) as balance
from {{ ref('people') }}
