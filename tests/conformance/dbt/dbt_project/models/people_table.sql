{{ config(materialized='table') }}
select id, name, city, balance{{ ', 1 as extra' if var('extra_column', false) }} from {{ ref('people_view') }}
