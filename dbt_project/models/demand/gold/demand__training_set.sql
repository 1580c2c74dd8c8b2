{{ config(materialized='table', tblproperties=all_versions()) }}

select
    features.*,
    labels.units_next_week,
    -- slice: validation looks at each department
    departments.department
from {{ ref('demand__features') }} as features
inner join {{ ref('demand__labels') }} as labels
    on features.product_category = labels.product_category and features.as_of = labels.as_of
left join {{ ref('int_demand__departments') }} as departments
    on features.product_category = departments.product_category
