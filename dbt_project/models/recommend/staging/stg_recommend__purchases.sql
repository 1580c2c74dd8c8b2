-- Lines of receipts whose product has a category: nothing else can be suggested.
select
    lines.household_id,
    lines.basket_id,
    lines.product_id,
    products.product_category,
    -- none has no name, for whoever reads texts
    coalesce(products.department, '') as department,
    lines.transaction_timestamp as bought_at,
    {{ period_of('recommend', 'lines.transaction_timestamp') }} as as_of
from {{ source('retail', 'transactions') }} as lines
inner join {{ source('retail', 'products') }} as products
    on lines.product_id = products.product_id
where products.product_category is not null
