-- Lines of receipts with the category of what was sold. Fuel is counted in thousandths of a gallon, most of it under
-- COUPON/MISC ITEMS: those units are none that anybody could count. A product without a category has no demand of one.
select
    products.product_category,
    products.department,
    lines.basket_id,
    lines.product_id,
    lines.quantity as units,
    lines.sales_value as sales,
    lines.retail_disc + lines.coupon_disc + lines.coupon_match_disc as discounts,
    {{ period_of('demand', 'lines.transaction_timestamp') }} as as_of
from {{ source('retail', 'transactions') }} as lines
inner join {{ source('retail', 'products') }} as products
    on lines.product_id = products.product_id
where products.product_category is not null and products.product_category not in ('FUEL', 'COUPON/MISC ITEMS')
