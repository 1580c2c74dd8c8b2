{{ config(materialized='table', persist_docs={}) }}
{%- set built = built_from('recommend') %}

{%- set receipts %}
    -- the period that a receipt lies in, and the one that it was thought to lie in
    select {{ period_of('recommend', 'transaction_timestamp') }} as as_of
    from {{ arrived_since(built, 'recommend', 'transactions') }}
{%- endset %}

{%- set products %}
    -- of a product that has no category any more, too
    select {{ period_of('recommend', 'receipt.transaction_timestamp') }} as as_of
    from {{ source('retail', 'transactions') }} as receipt
    left semi join {{ arrived_since(built, 'recommend', 'products') }} as changed
        on receipt.product_id = changed.product_id
{%- endset %}

{{ first_changed_period('recommend', built, {'transactions': receipts, 'products': products}) }}
