"""The form as it was sent, which every return is compared with."""

from __future__ import annotations

from dataclasses import replace

from pipeline.forms.blank import blank_form
from schemas.survey import YearDeclarations


def test_a_years_form_is_made_once(second_declarations: YearDeclarations) -> None:
    assert blank_form(second_declarations) is blank_form(second_declarations)


def test_equal_declarations_have_equal_forms_and_others_have_their_own(second_declarations: YearDeclarations) -> None:
    form, again = blank_form(second_declarations), blank_form(replace(second_declarations))
    assert again is not form
    assert again == form
    title = second_declarations.questionnaire.title.model_copy(update={"ja": "別の調査"})
    other = replace(
        second_declarations, questionnaire=second_declarations.questionnaire.model_copy(update={"title": title})
    )
    assert blank_form(other).fixed != form.fixed
    assert blank_form(second_declarations) is form
