{{ config(materialized='table', tblproperties=all_versions()) }}
{%- set horizon = use_case('fraud').question.horizon %}
{%- set known = period_end('fraud', period_shift('fraud', 'features.as_of', horizon)) %}

select
    features.transaction_id,
    features.as_of,
    cast(reports.transaction_id is not null as int) as is_fraud
from {{ ref('fraud__features') }} as features
left join {{ source('cards', 'reports') }} as reports
    on features.transaction_id = reports.transaction_id and reports.reported_at < {{ known }}
-- the answer of a day is known once `horizon` more days are completed, not before
where {{ period_shift('fraud', 'features.as_of', horizon) }} <= {{ completed_through('fraud') }}
