{% test in_ranges(model, ranges) %}
{#-
  Rows where a column of `ranges` ({column: [minimum, maximum]}, null = open) lies outside. One scan for all columns;
  the failing rows name column and value. A null value passes: nowhere_null is another test.
-#}
{%- for column, range in ranges.items() %}
select '{{ column }}' as column_name, cast({{ column }} as string) as value
from {{ model }}
where
    {% if range[0] is not none %} {{ column }} < {{ range[0] }} {% else %} false {% endif %}
    {% if range[1] is not none %} or {{ column }} > {{ range[1] }} {% endif %}
{% if not loop.last %} union all {% endif %}
{%- endfor %}
{% endtest %}
