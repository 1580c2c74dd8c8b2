{% test nowhere_null(model, columns) %}
{#- Rows where one of `columns` is null: one scan instead of one not_null test per column. -#}
select *
from {{ model }}
where {% for column in columns %}{{ column }} is null{% if not loop.last %} or {% endif %}{% endfor %}
{% endtest %}
