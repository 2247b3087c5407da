-- Which corrections a figure rests on: those of cells that it reads, or that a figure reads of which it is made.
with corrections as (
    select * from {{ ref('stg_corrections') }} where state = 'applied'
),

figure_cells as (
    select * from {{ ref('int_figure_cells') }}
),

uses as (
    select * from {{ ref('int_figure_uses') }}
)

select distinct
    uses.year,
    uses.figure_id,
    corrections.correction_id
from corrections
inner join figure_cells
    on corrections.year = figure_cells.year and corrections.cell_id = figure_cells.cell_id
inner join uses
    on figure_cells.year = uses.year and figure_cells.figure_id = uses.used_id
