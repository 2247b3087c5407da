{#- The quotient of two whole numbers, scaled by 10^digits and rounded, as a whole number: no floating point, so that
    四捨五入 is exact. Null where the denominator is zero. -#}
{% macro round_ratio(numerator, denominator, digits, mode) -%}
    case
        when {{ denominator }} = 0 then null
        when {{ mode }} = 'half_up'
            then {{ floor_divide('2 * ' ~ numerator ~ ' * ' ~ power_of_ten(digits) ~ ' + ' ~ denominator, '2 * ' ~ denominator) }}
        when {{ mode }} = 'down'
            then {{ floor_divide(numerator ~ ' * ' ~ power_of_ten(digits), denominator) }}
        when {{ mode }} = 'half_even'
            then
                {{ floor_divide('2 * ' ~ numerator ~ ' * ' ~ power_of_ten(digits) ~ ' + ' ~ denominator, '2 * ' ~ denominator) }}
                - case
                    when
                        mod(2 * {{ numerator }} * {{ power_of_ten(digits) }} + {{ denominator }}, 2 * {{ denominator }}) = 0
                        and mod({{ floor_divide('2 * ' ~ numerator ~ ' * ' ~ power_of_ten(digits) ~ ' + ' ~ denominator, '2 * ' ~ denominator) }}, 2) = 1
                        then 1
                    else 0
                end
    end
{%- endmacro %}

{% macro power_of_ten(digits) -%}
    (case {{ digits }} when 0 then 1 when 1 then 10 when 2 then 100 when 3 then 1000 else 10000 end)
{%- endmacro %}

{% macro floor_divide(dividend, divisor) -%}
    {{ return(adapter.dispatch('floor_divide')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__floor_divide(dividend, divisor) -%}
    cast(floor(({{ dividend }}) / ({{ divisor }})) as bigint)
{%- endmacro %}

{% macro duckdb__floor_divide(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}

{% macro spark__floor_divide(dividend, divisor) -%}
    (({{ dividend }}) div ({{ divisor }}))
{%- endmacro %}

{#- A scaled whole number as text with its decimal point: 49 with one digit is 4.9. -#}
{% macro scaled_to_text(scaled, digits) -%}
    case
        when {{ digits }} = 0 then cast({{ scaled }} as {{ dbt.type_string() }})
        else
            cast({{ floor_divide(scaled, power_of_ten(digits)) }} as {{ dbt.type_string() }})
            || '.'
            || lpad(cast(mod({{ scaled }}, {{ power_of_ten(digits) }}) as {{ dbt.type_string() }}), {{ digits }}, '0')
    end
{%- endmacro %}
