{#- Every row of the model has its row in another model, matched by several columns. -#}
{% test references_row(model, columns, to, to_columns=none) %}

{%- set others = to_columns or columns %}

select child.*
from {{ model }} as child
left join {{ to }} as parent
    on
        {%- for column in columns %}
        child.{{ column }} = parent.{{ others[loop.index0] }}{{ ' and' if not loop.last }}
        {%- endfor %}
where parent.{{ others[0] }} is null

{% endtest %}
