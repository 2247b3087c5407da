{#- Far below any step between figures, far above the noise of binary fractions such as 0.05. -#}
{% macro comparison_slack() -%} 0.000000001 {%- endmacro %}
