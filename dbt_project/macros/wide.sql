{#- An answer as a column: what `answers` hold in `column` for the question; null where they hold nothing. -#}
{% macro answer(question, column) -%}
    max(case when answers.question_id = '{{ question }}' then answers.{{ column }} end)
{%- endmacro %}

{#- Whether an option of a question that takes many is chosen; null where the question is not answered. -#}
{% macro chosen(question, option) -%}
    max(
        case
            when
                answers.question_id = '{{ question }}'
                and answers.option_code = '{{ option }}'
                and answers.status in ('answered', 'not_chosen')
                then case when answers.status = 'answered' then true else false end
        end
    )
{%- endmacro %}
