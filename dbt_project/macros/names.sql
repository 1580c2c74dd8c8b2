{#- Where a model lies says where its table goes: models/<use case>/<staging|intermediate|gold>/. -#}

{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- `<use case>_staging` or `<use case>_gold`: jobs and DAGs know the schemas by these names. -#}
    {%- set layers = {"staging": "staging", "intermediate": "staging", "gold": "gold"} -%}
    {%- if custom_schema_name -%}
        {{ var("schema_prefix") }}{{ custom_schema_name | trim }}
    {%- elif node.resource_type != "model" -%}
        {{ var("schema_prefix") }}{{ target.schema }}
    {%- elif node.fqn | length > 3 and node.fqn[2] in layers -%}
        {{ var("schema_prefix") }}{{ node.fqn[1] }}_{{ layers[node.fqn[2]] }}
    {%- else -%}
        {{ exceptions.raise_compiler_error("Model " ~ node.name ~ " lies in " ~ node.original_file_path ~ ", expected models/<use case>/<" ~ layers | join("|") ~ ">/: the folder says which schema it goes to.") }}
    {%- endif -%}
{%- endmacro %}

{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {#- Models of all use cases need different names, tables do not: `<use case>__features` is the table `features`. -#}
    {%- set own = node.fqn[1] ~ "__" -%}
    {%- if custom_alias_name -%} {{ custom_alias_name | trim }}
    {%- elif node.resource_type == "model" and node.name.startswith(own) -%} {{ node.name[own | length :] }}
    {%- else -%} {{ node.name }}
    {%- endif -%}
{%- endmacro %}
