select
    product_id,
    department,
    product_category,
    coalesce(brand = 'Private', false) as is_private_label,
    coalesce(department = 'FUEL', false) as is_fuel,
    coalesce(
        department in (
            'PRODUCE', 'MEAT', 'MEAT-PCKGD', 'DELI', 'SEAFOOD', 'SEAFOOD-PCKGD', 'PASTRY', 'SALAD BAR', 'FLORAL'
        ),
        false
    ) as is_fresh
from {{ source('retail', 'products') }}
