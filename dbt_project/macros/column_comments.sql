{% macro databricks__alter_column_comment(relation, column_dict) -%}
    {#-
      All comments of a table in one statement. The adapter's own macro sends one per column: for 45 columns that is
      45 commits to the Delta log.
    -#}
    {%- set changes = [] -%}
    {%- for column in column_dict.values() if column["description"] -%}
        {%- set comment = column["description"] | trim | replace("\\", "\\\\") | replace("'", "\\'") -%}
        {%- do changes.append(adapter.quote(column["name"]) ~ " comment '" ~ comment ~ "'") -%}
    {%- endfor -%}
    {%- if changes -%}
        {%- call statement("alter_column_comment") -%}
            alter table {{ relation }} alter column {{ changes | join(", ") }}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}
