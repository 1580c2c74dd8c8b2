with lines as (

    select
        receipt.*,
        product.department,
        product.product_category,
        coalesce(product.is_private_label, false) as is_private_label,
        coalesce(product.is_fuel, false) as is_fuel,
        coalesce(product.is_fresh, false) as is_fresh
    from {{ ref('stg_churn__transactions') }} as receipt
    left join {{ ref('stg_churn__products') }} as product
        on receipt.product_id = product.product_id

)

select
    household_id,
    purchase_date,
    -- size(collect_set()) counts as count(distinct) does, which would make four rows of each one first
    size(collect_set(basket_id)) as baskets,
    cast(count(*) as int) as basket_lines,
    sum(sales_value) as spend,
    sum(retail_discount) as retail_discount,
    sum(coupon_discount) as coupon_discount,
    sum(case when is_private_label then sales_value else 0 end) as private_label_spend,
    sum(case when is_fresh then sales_value else 0 end) as fresh_spend,
    sum(case when is_fuel then sales_value else 0 end) as fuel_spend,
    size(collect_set(department)) as departments,
    size(collect_set(product_category)) as categories
from lines
group by household_id, purchase_date
