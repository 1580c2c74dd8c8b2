{{ config(materialized='table', persist_docs={}) }}
{%- set built = built_from('churn') %}

{%- set receipts %}
    -- the period that a receipt lies in, and the one that it was thought to lie in
    select {{ period_of('churn', 'transaction_timestamp') }} as as_of
    from {{ arrived_since(built, 'churn', 'transactions') }}
{%- endset %}

{%- set products %}
    select receipt.as_of
    from {{ ref('stg_churn__transactions') }} as receipt
    left semi join {{ arrived_since(built, 'churn', 'products') }} as changed
        on receipt.product_id = changed.product_id
{%- endset %}

{%- set demographics %}
    select receipt.as_of
    from {{ ref('stg_churn__transactions') }} as receipt
    left semi join {{ arrived_since(built, 'churn', 'demographics') }} as changed
        on receipt.household_id = changed.household_id
{%- endset %}

{%- set campaigns %}
    select {{ period_of_day('churn', 'campaign.start_date') }} as as_of
    from {{ source('retail', 'campaign_descriptions') }} as campaign
    left semi join {{ arrived_since(built, 'churn', 'campaigns') }} as changed
        on campaign.campaign_id = changed.campaign_id
{%- endset %}

{%- set campaign_descriptions %}
    select {{ period_of_day('churn', 'start_date') }} as as_of
    from {{ arrived_since(built, 'churn', 'campaign_descriptions') }}
{%- endset %}

{{ first_changed_period('churn', built, {
    'transactions': receipts,
    'products': products,
    'demographics': demographics,
    'campaigns': campaigns,
    'campaign_descriptions': campaign_descriptions,
}) }}
