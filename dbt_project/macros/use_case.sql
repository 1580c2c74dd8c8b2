{#- What include/use_cases/<name>.yaml asks, as the environment variable LAKELOOP_USE_CASES (`lakeloop env`) carries it. -#}

{% macro use_case(name) -%}
    {%- set known = fromjson(env_var("LAKELOOP_USE_CASES")) -%}
    {%- if name not in known -%}
        {{ exceptions.raise_compiler_error("No use case '" ~ name ~ "' in LAKELOOP_USE_CASES, there are: " ~ known | sort | join(", ") ~ ". Its file is include/use_cases/" ~ name ~ ".yaml; `lakeloop env` sets the variable.") }}
    {%- endif -%}
    {%- if known[name] is none and execute -%}
        {{ exceptions.raise_compiler_error("include/use_cases/" ~ name ~ ".yaml is wrong, so that nothing of " ~ name ~ " can be built; `lakeloop check` says why.") }}
    {%- endif -%}
    {#- dbt parses all models before it builds some: a wrong file must not keep those of other use cases from it. -#}
    {{ return(known[name] or (known.values() | select | first)) }}
{%- endmacro %}

{% macro completed_through(name) -%}
    {#-
      As a subquery: the newest period of a use case that is over. Completion follows arrival: rows have arrived, of any
      event table of the source, at or after the end of the period. The time of an event says nothing about that.
    -#}
    {%- set asked = use_case(name) -%}
    (
        select {{ period_shift(name, period_of(name, "max(_arrived_at)"), -1) }}
        from (
            {%- for table in asked.events %}
            select _arrived_at from {{ source(asked.source, table) }}
            union all
            select _arrived_at from {{ source(asked.source, table ~ "_superseded") }}
            {%- if not loop.last %} union all {% endif %}
            {%- endfor %}
        )
    )
{%- endmacro %}
