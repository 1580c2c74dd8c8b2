{% macro all_versions() -%}
    {#- Table properties of the gold tables: a VACUUM that knows of no need removes nothing. The job `vacuum`, which knows
        what model versions and publications need, shortens them while it cleans up. -#}
    {{ return({
        "delta.deletedFileRetentionDuration": "interval 3650 days",
        "delta.logRetentionDuration": "interval 3650 days",
    }) }}
{%- endmacro %}
