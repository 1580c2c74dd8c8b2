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
    {{ local_day('churn', 'transaction_timestamp') }} as purchase_date,
    {{ period_of('churn', 'transaction_timestamp') }} as as_of
from {{ source('retail', 'transactions') }}
