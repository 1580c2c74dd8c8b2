{#-
  The clock of a use case in SQL, as lakeloop.config.use_case.period has it in Python: time cut into periods, counted from
  0, each known by its `as_of`, the period's last day (a date), for hours the moment at which it begins (a timestamp).

  Arguments are SQL expressions: `at` a timestamp, `day` a date in the period's time zone, `as_of` one of a period.
  None of it depends on the session's time zone.
-#}

{% macro local_day(name, at) -%}
    {#- The day, in the period's time zone, that a moment lies in. -#}
    date_from_unix_date(cast(floor(unix_seconds(from_utc_timestamp({{ at }}, '{{ use_case(name).period.timezone }}')) / 86400) as int))
{%- endmacro %}

{% macro midnight(name, day) -%}
    {#- The moment at which a day begins in the period's time zone. -#}
    to_utc_timestamp(timestamp_seconds(unix_date({{ day }}) * 86400L), '{{ use_case(name).period.timezone }}')
{%- endmacro %}

{% macro period_of(name, at) -%}
    {#- The period that a moment lies in. -#}
    {%- if use_case(name).period.unit == "hour" -%}
        {{ period_at(name, hours_since_first(name, at)) }}
    {%- else -%}
        {{ period_of_day(name, local_day(name, at)) }}
    {%- endif -%}
{%- endmacro %}

{% macro period_of_day(name, day) -%}
    {#- The period that a day lies in; not for hours. -#}
    {%- set period = use_case(name).period -%}
    {%- if period.unit == "day" -%} {{ day }}
    {%- elif period.unit == "week" -%} date_add(date'{{ period.first }}', cast(7 * floor(datediff({{ day }}, date'{{ period.first }}') / 7) + 6 as int))
    {%- elif period.unit == "month" -%} last_day({{ day }})
    {%- else -%} {{ exceptions.raise_compiler_error("period_of_day: " ~ name ~ " counts in units of '" ~ period.unit ~ "', which a day cannot be part of; expected day, week or month. Use period_of.") }}
    {%- endif -%}
{%- endmacro %}

{% macro period_at(name, index) -%}
    {#- The period of a 0-based index. -#}
    {%- set period = use_case(name).period -%}
    {%- set first = "date'" ~ period.first ~ "'" -%}
    {%- if period.unit == "hour" -%} timestamp_seconds(unix_seconds({{ midnight(name, first) }}) + 3600L * ({{ index }}))
    {%- elif period.unit == "day" -%} date_add({{ first }}, cast({{ index }} as int))
    {%- elif period.unit == "week" -%} date_add({{ first }}, cast(7 * ({{ index }}) + 6 as int))
    {%- else -%} last_day(add_months({{ first }}, cast({{ index }} as int)))
    {%- endif -%}
{%- endmacro %}

{% macro period_index(name, as_of) -%}
    {#- The 0-based index of a period; negative before the first one. -#}
    {%- set period = use_case(name).period -%}
    {%- set first = "date'" ~ period.first ~ "'" -%}
    {%- if period.unit == "hour" -%} {{ hours_since_first(name, as_of) }}
    {%- elif period.unit == "day" -%} datediff({{ as_of }}, {{ first }})
    {%- elif period.unit == "week" -%} cast(floor(datediff({{ as_of }}, {{ first }}) / 7) as int)
    {%- else -%} ((year({{ as_of }}) - year({{ first }})) * 12 + month({{ as_of }}) - month({{ first }}))
    {%- endif -%}
{%- endmacro %}

{% macro period_shift(name, as_of, periods) -%}
    {#- The period that lies `periods` later than another one; earlier for a negative number. -#}
    {%- set unit = use_case(name).period.unit -%}
    {%- if unit == "hour" -%} timestamp_seconds(unix_seconds({{ as_of }}) + 3600L * ({{ periods }}))
    {%- elif unit == "day" -%} date_add({{ as_of }}, {{ periods }})
    {%- elif unit == "week" -%} date_add({{ as_of }}, 7 * ({{ periods }}))
    {%- else -%} last_day(add_months({{ as_of }}, {{ periods }}))
    {%- endif -%}
{%- endmacro %}

{% macro period_end(name, as_of) -%}
    {#- The moment at which a period ends: what a row of it may know happened before. -#}
    {%- if use_case(name).period.unit == "hour" -%} {{ period_shift(name, as_of, 1) }}
    {%- else -%} {{ midnight(name, "date_add(" ~ as_of ~ ", 1)") }}
    {%- endif -%}
{%- endmacro %}

{% macro periods_after(name, as_of, first, last) -%}
    {#- An array: the periods from `first` to `last` (whole numbers, as in range()) after another one. -#}
    array({% for periods in range(first, last + 1) %}{{ period_shift(name, as_of, periods) }}{% if not loop.last %}, {% endif %}{% endfor %})
{%- endmacro %}

{% macro hours_since_first(name, at) -%}
    cast(floor((unix_seconds({{ at }}) - unix_seconds({{ midnight(name, "date'" ~ use_case(name).period.first ~ "'") }})) / 3600) as int)
{%- endmacro %}
