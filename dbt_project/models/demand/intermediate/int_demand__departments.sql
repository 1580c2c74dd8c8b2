-- The department that most products of a category belong to.
select
    product_category,
    max_by(department, struct(products, department)) as department
from (
    select product_category, department, count(*) as products
    from {{ source('retail', 'products') }}
    where product_category is not null
    group by product_category, department
)
group by product_category
