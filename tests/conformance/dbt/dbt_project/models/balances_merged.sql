{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id') }}
select id, balance, {{ var('load', 1) }} as load from {{ ref('people') }}
{% if is_incremental() %}where id >= 3 union all select 4, cast(40 as decimal(10, 2)), {{ var('load', 1) }}{% endif %}
