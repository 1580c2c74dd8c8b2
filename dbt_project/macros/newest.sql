{% macro newest(relation, column) -%}
    {#- The newest `column` (a timestamp) of a table, as a subquery; long ago when the table is empty. -#}
    (select coalesce(max({{ column }}), timestamp'1970-01-01') from {{ relation }})
{%- endmacro %}
