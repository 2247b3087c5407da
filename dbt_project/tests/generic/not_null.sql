{#- In place of dbt's own: whole rows, so that a failure shows which year and which municipality it concerns. -#}
{% test not_null(model, column_name) %}

select *
from {{ model }}
where {{ column_name }} is null

{% endtest %}
