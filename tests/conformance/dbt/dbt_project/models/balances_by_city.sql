{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by='city') }}
select id, {{ var('load', 1) }} as load, city from {{ ref('people_view') }}
{% if is_incremental() %}where city = 'Ghent'{% endif %}
