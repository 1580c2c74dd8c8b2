{% test unique_together(model, columns) %}
{#- Combinations of `columns` that are there more than once. -#}
select {{ columns | join(', ') }}, count(*) as times
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
