{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas are called exactly as configured (churn_gold, not default_churn_gold): jobs and DAGs know them by name. -#}
    {{ var("schema_prefix") }}{{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
