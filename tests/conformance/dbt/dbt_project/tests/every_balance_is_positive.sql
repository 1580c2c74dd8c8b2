select * from {{ ref('people_table') }} where balance <= {{ var('least_balance', 0) }}
