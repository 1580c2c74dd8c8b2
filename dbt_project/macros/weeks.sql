{#- Weeks are counted from 0 on the use case's first day, seven days each. -#}

{% macro week_end(use_case, week) -%}
    {#- Last day of `week`. The data's own last day, where there is one, cuts the week short. -#}
    {%- set last_day = var(use_case ~ "_last_day") -%}
    {%- set end = "date_add(date'" ~ var(use_case ~ "_first_day") ~ "', 7 * (" ~ week ~ ") + 6)" -%}
    {%- if last_day -%} least({{ end }}, date'{{ last_day }}') {%- else -%} {{ end }} {%- endif -%}
{%- endmacro %}

{% macro completed_weeks(use_case, newest_day) -%}
    {#-
      How many weeks are completed when `newest_day` is the last day with data: a week is, once its own last day or
      any later day has data.
    -#}
    {%- set last_day = var(use_case ~ "_last_day") -%}
    {%- set weeks = "cast(floor((datediff(" ~ newest_day ~ ", date'" ~ var(use_case ~ "_first_day") ~ "') + 1) / 7) as int)" -%}
    {%- if last_day -%}
        case when {{ newest_day }} >= date'{{ last_day }}'
            then cast(floor(datediff(date'{{ last_day }}', date'{{ var(use_case ~ "_first_day") }}') / 7) as int) + 1
            else {{ weeks }}
        end
    {%- else -%}
        {{ weeks }}
    {%- endif -%}
{%- endmacro %}
