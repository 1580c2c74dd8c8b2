{% test holds(model, unique=[], known=[], ranges={}, accepted={}, rows_of=none) %}
{#-
  All rules of a table in one scan; each rule that fails is a row with its name and how many rows break it.

  unique: columns that make a row unique. known: columns that are never null. ranges: {column: [minimum, maximum]}, null =
  open. accepted: {column: [values]}. A null value passes the last two. rows_of: {use_case, periods}: the table must have
  a row as soon as that many periods are completed.
-#}
{%- set rules = {} -%}
{%- for column in known -%}
    {%- do rules.update({column ~ " is null": column ~ " is null"}) -%}
{%- endfor -%}
{%- for column, range in ranges.items() -%}
    {%- if range[0] is not none -%} {%- do rules.update({column ~ " below " ~ range[0]: column ~ " < " ~ range[0]}) -%} {%- endif -%}
    {%- if range[1] is not none -%} {%- do rules.update({column ~ " above " ~ range[1]: column ~ " > " ~ range[1]}) -%} {%- endif -%}
{%- endfor -%}
{%- for column, values in accepted.items() -%}
    {%- do rules.update({column ~ " is another value than " ~ values | join(", "): column ~ " not in ('" ~ values | join("', '") ~ "')"}) -%}
{%- endfor -%}

with counted as (

    select
        count(*) as number_of_rows
        {%- if unique %},
        count(distinct {{ unique | join(", ") }}) as number_of_keys,
        count_if({{ unique | join(" is null or ") }} is null) as without_key
        {%- endif %}
        {%- for condition in rules.values() %},
        count_if({{ condition }}) as rule_{{ loop.index }}
        {%- endfor %}
    from {{ model }}

),

outcomes as (

    select explode(array(
        {%- if unique %}
        struct('{{ unique | join(", ") }} is there twice' as rule, number_of_rows - without_key - number_of_keys as breaks_it),
        {%- endif %}
        {%- for rule in rules %}
        struct("{{ rule }}" as rule, rule_{{ loop.index }} as breaks_it),
        {%- endfor %}
        {%- if rows_of is not none %}
        struct(
            'has no row' as rule,
            if(
                number_of_rows = 0
                and {{ completed_through(rows_of.use_case) }} >= {{ period_at(rows_of.use_case, rows_of.periods - 1) }},
                1L, 0L
            ) as breaks_it
        ),
        {%- endif %}
        struct('' as rule, 0L as breaks_it)
    )) as outcome
    from counted

)

select outcome.rule, outcome.breaks_it as rows_that_break_it
from outcomes
where outcome.breaks_it > 0
{% endtest %}
