{{ config(materialized='table', tblproperties=all_versions()) }}

select
    features.*,
    labels.is_fraud,
    -- whose rows are drawn together, and the slices that validation looks at
    payments.card_id,
    payments.merchant_category,
    payments.channel as paid_by
from {{ ref('fraud__features') }} as features
inner join {{ ref('fraud__labels') }} as labels
    on features.transaction_id = labels.transaction_id and features.as_of = labels.as_of
inner join {{ source('cards', 'transactions') }} as payments
    on features.transaction_id = payments.transaction_id
