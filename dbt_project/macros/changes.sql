{#-
  Incremental builds that equal a full refresh, for every order of arrival. The features table remembers, in a property
  of its own, what had been written to each silver table when it was built. The model `int_<use case>__changes` looks
  what came since, and names the earliest period that any of it touches; from there on everything is made anew.

  What was read is remembered from before the read: rows that are written meanwhile are looked at again next time.
-#}

{% macro built_from(name) -%}
    {#- {silver table: microseconds of the newest row that the features were built from}; empty: build all of it. -#}
    {%- if not execute or flags.FULL_REFRESH or features_relation(name) is none -%} {{ return({}) }} {%- endif -%}
    {%- for property in run_query("show tblproperties " ~ features_relation(name)) if property[0] == "lakeloop.built_from" -%}
        {{ return(fromjson(property[1])) }}
    {%- endfor -%}
    {{ return({}) }}
{%- endmacro %}

{% macro features_relation(name) -%}
    {#- The features table; none when it was not built yet. -#}
    {%- set model = graph.nodes["model.lakeloop." ~ name ~ "__" ~ use_case(name).tables.features] -%}
    {{ return(adapter.get_relation(model.database, model.schema, model.alias)) }}
{%- endmacro %}

{% macro arrived_since(built, name, table) -%}
    {#- As a subquery: rows of a silver table that were written since, and all versions that corrections of them replaced. -#}
    {%- set asked = use_case(name) -%}
    {%- set since = "timestamp_micros(" ~ built.get(table, 0) ~ ")" -%}
    (
        select * from {{ source(asked.source, table) }} where _ingested_at > {{ since }}
        union all
        select replaced.* except (_superseded_at)
        from {{ source(asked.source, table ~ "_superseded") }} as replaced
        left semi join {{ source(asked.source, table) }} as present
            on present._ingested_at > {{ since }}
            {%- for key in asked.silver[table] %} and replaced.{{ key }} = present.{{ key }} {%- endfor %}
    )
{%- endmacro %}

{% macro newest_writes(name, tables) -%}
    {#- {silver table: microseconds of its newest row}, without the empty ones. -#}
    {%- set written = {} -%}
    {%- set query -%}
        select name, unix_micros(max(_ingested_at))
        from (
            {%- for table in tables %}
            select '{{ table }}' as name, _ingested_at from {{ source(use_case(name).source, table) }}
            {%- if not loop.last %} union all {% endif %}
            {%- endfor %}
        )
        group by name
    {%- endset -%}
    {%- if execute -%}
        {%- for row in run_query(query) if row[1] is not none -%} {%- do written.update({row[0]: row[1] | int}) -%} {%- endfor -%}
    {%- endif -%}
    {{ return(written) }}
{%- endmacro %}

{% macro first_changed_period(name, built, touched) -%}
    {#-
      One row: `as_of`, the earliest completed period to make anew (null: none), and `built_from`, what there was to read.

      touched: {silver table: a query of the periods that its new and replaced rows touch}; the queries of tables to which
      nothing was written are left out.
    -#}
    {%- set written = newest_writes(name, touched | list) -%}
    {%- set column = use_case(name).period.column -%}
    with first_touched as (

        {% if built %}
        select min(as_of) as as_of
        from (
            -- a period that rows of a later one have completed; all of them while there is no row
            select coalesce({{ period_shift(name, "max(" ~ column ~ ")", 1) }}, {{ period_at(name, 0) }}) as as_of
            from {{ features_relation(name) }}
            {%- for table, query in touched.items() if written.get(table) != built.get(table) %}
            union all
            {{ query }}
            {%- endfor %}
        )
        {% else %}
        select {{ period_at(name, 0) }} as as_of
        {% endif %}

    )

    select
        if(as_of <= {{ completed_through(name) }}, as_of, null) as as_of,
        '{{ tojson(written) }}' as built_from
    from first_touched
{%- endmacro %}

{% macro since_first_change(name) -%}
    {#- SQL: whether a row's period is made anew in this build. -#}
    {{ use_case(name).period.column }} >= (select as_of from {{ ref("int_" ~ name ~ "__changes") }})
{%- endmacro %}

{% macro get_incremental_replace_periods_sql(arguments) -%}
    {#- The incremental strategy `replace_periods`: one commit takes the periods out and puts them in as they are now. -#}
    {%- set name = model.fqn[1] -%}
    {%- set period = use_case(name).period -%}
    {%- set type = "timestamp" if period.unit == "hour" else "date" -%}
    {%- set first = run_query("select cast(as_of as string) from " ~ ref("int_" ~ name ~ "__changes"))[0][0] -%}
    {%- if first is none -%}
        select 'nothing to make anew' as outcome
    {%- else -%}
        {#- by name: columns of one type that changed places would change their values otherwise -#}
        {%- set columns = adapter.get_columns_in_relation(arguments["target_relation"]) | map(attribute="quoted") | join(", ") -%}
        insert into {{ arguments["target_relation"] }} replace where {{ period.column }} >= {{ type }}'{{ first }}'
        select {{ columns }} from {{ arguments["temp_relation"] }}
    {%- endif -%}
{%- endmacro %}

{% macro remember_what_was_read(name) -%}
    {#- The post-hook of the features model. -#}
    {%- if execute -%}
        {%- set read = run_query("select built_from from " ~ ref("int_" ~ name ~ "__changes"))[0][0] -%}
        alter table {{ this }} set tblproperties ('lakeloop.built_from' = '{{ read }}')
    {%- endif -%}
{%- endmacro %}
