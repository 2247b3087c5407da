-- In the order of the form's places, so that a trace reads those of its questions and no others.
with source as (
    select * from {{ source('raw', 'raw_cell') }}
)

select
    year,
    cell_id,
    return_id,
    municipality_code,
    sheet,
    address,
    kind,
    text,
    is_declared,
    correction_id,
    corrected_text,
    form_sheet,
    form_address
from source
order by year, form_sheet, form_address
