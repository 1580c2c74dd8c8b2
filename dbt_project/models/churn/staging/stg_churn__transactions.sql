select
    household_id,
    store_id,
    basket_id,
    product_id,
    quantity,
    sales_value,
    retail_disc as retail_discount,
    coupon_disc + coupon_match_disc as coupon_discount,
    transaction_timestamp as purchased_at,
    cast(transaction_timestamp as date) as purchase_date,
    week,
    _ingested_at as ingested_at
from {{ source('churn_silver', 'transactions') }}
where household_id is not null and transaction_timestamp is not null
