{#- Every row of the model has its row in another model, matched by several columns. -#}
{% test references_row(model, columns, to) %}

select child.*
from {{ model }} as child
left join {{ to }} as parent
    on {% for column in columns %}child.{{ column }} = parent.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
where parent.{{ columns[0] }} is null

{% endtest %}
