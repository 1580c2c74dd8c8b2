{{ config(materialized='table', tblproperties=all_versions()) }}
-- What was known of a payment when it came. The features are computed by the code that computes them in real time
-- (jobs/lakeloop_jobs/event_features.py); here they get their period, and a contract.
select
    event.transaction_id,
    {{ period_of('fraud', 'payments.event_time') }} as as_of,
    event.* except (transaction_id),
    card.* except (transaction_id, card_id, _state),
    merchant.* except (transaction_id, merchant_id, _state)
from {{ source('cards', 'transactions') }} as payments
inner join {{ source('fraud_events', 'event') }} as event on payments.transaction_id = event.transaction_id
inner join {{ source('fraud_events', 'card') }} as card on payments.transaction_id = card.transaction_id
inner join {{ source('fraud_events', 'merchant') }} as merchant on payments.transaction_id = merchant.transaction_id
where
    {{ period_of('fraud', 'payments.event_time') }} >= {{ period_at('fraud', 0) }}
    and {{ period_of('fraud', 'payments.event_time') }} <= {{ completed_through('fraud') }}
