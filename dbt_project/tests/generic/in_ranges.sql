{% test in_ranges(model, ranges) %}
{#-
  Rows where a column of `ranges` ({column: [minimum, maximum]}, null = open) lies outside. One scan for all columns;
  the failing rows name column and value. A null value passes: nowhere_null is another test.
-#}
select outside.column_name, outside.value
from {{ model }}
lateral view explode(filter(array(
{%- for column, range in ranges.items() %}
    if(
        {% if range[0] is not none %}{{ column }} < {{ range[0] }}{% else %}false{% endif %}
        {% if range[1] is not none %}or {{ column }} > {{ range[1] }}{% endif %},
        named_struct('column_name', '{{ column }}', 'value', cast({{ column }} as string)),
        null
    ){% if not loop.last %},{% endif %}
{%- endfor %}
), problem -> problem is not null)) problems as outside
{% endtest %}
