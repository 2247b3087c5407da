"""Whose return a workbook is, with the evidence: its sheet of identity or, without it, its cover and its file's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from pipeline.collect.names import RosterNames
from pipeline.forms.cover import addressed_to
from pipeline.forms.wording import SYNTHETIC_NOTICE
from pipeline.japanese import plain_text
from pipeline.workbooks.workbook import Workbook
from schemas.answer_table import CODE_HEAD, NAME_HEAD
from schemas.form_layout import (
    COVER_SHEET,
    IDENTITY_CELLS,
    IDENTITY_SHEET,
    LIST_SHEET,
    SYNTHETIC_MARK,
    identity_check,
)
from schemas.survey import YearDeclarations

BY_SHEET, BY_ADDRESSEE, BY_COVER_CODE, BY_FILE_NAME = (
    "識別シートの団体コード",
    "宛名",
    "「はじめに」の団体コード",
    "ファイル名",
)
BY_CODE_COLUMN, BY_NAME_COLUMN = f"「{CODE_HEAD}」の列", f"「{NAME_HEAD}」の列"
"""The kinds of evidence, as receipts show them."""


@dataclass(frozen=True)
class Identity:
    """What a workbook says it is, and what shows it."""

    code: str
    is_synthetic: bool
    evidence: tuple[str, ...] = field(default=(), compare=False)


class RejectedReturnError(Exception):
    """A workbook that is kept but is not a return of this year; names the cell that shows it, and whose it says it is."""

    def __init__(self, reason: str, message: str, cell: str | None = None, code: str | None = None) -> None:
        self.reason = reason
        self.message = message
        self.cell = cell
        self.code = code
        super().__init__(f"{reason}: {message}")


@lru_cache(maxsize=8)
def roster_names(declarations: YearDeclarations) -> RosterNames:
    """What finds the surveyed municipalities in texts; made once for the same declarations."""
    return RosterNames(declarations.municipalities, declarations.reference.municipalities)


class Recogniser:
    """Tells whose returns of one year are."""

    def __init__(self, declarations: YearDeclarations) -> None:
        self._declarations = declarations
        self._addressee, self._code = addressed_to(declarations.municipalities[0])

    @cached_property
    def names(self) -> RosterNames:
        """The names of those surveyed."""
        return roster_names(self._declarations)

    def identify(self, workbook: Workbook, file_name: str = "") -> Identity:
        """Read whose return this is and check that it is this year's form.

        Without the sheet of identity it is known by the form's own texts, and by two of addressee, code and file name that
        agree while none speaks against them. A name that is only near is no evidence.

        Raises RejectedReturnError for another form, year, version or municipality, and where the evidence is not enough.
        """
        sheet = self._identity_sheet(workbook)
        if sheet is None:
            return self._by_cover(workbook, file_name)
        code, is_synthetic = self._by_sheet(workbook, sheet)
        told = BY_SHEET if sheet == IDENTITY_SHEET else f"{BY_SHEET}（シート「{sheet}」）"
        others = (word for word, named in self._evidence(workbook, file_name).items() if named == code)
        return Identity(code, is_synthetic, (told, *others))

    def _identity_sheet(self, workbook: Workbook) -> str | None:
        """The name of the sheet of identity: its own, or another one that holds all its words unchanged."""
        if IDENTITY_SHEET in workbook.sheets:
            return IDENTITY_SHEET
        for name in workbook.sheets:
            said = _said(workbook, name)
            if said["check"] and said["check"] == identity_check({**said, "code": said["code"].zfill(6)}):
                return name
        return None

    def _by_sheet(self, workbook: Workbook, sheet: str) -> tuple[str, bool]:
        said = _said(workbook, sheet)
        questionnaire = self._declarations.questionnaire
        code = said["code"].zfill(6)
        sender = code if code in {m.code for m in self._declarations.municipalities} else None

        def expect(key: str, value: str, reason: str, what: str) -> None:
            if said[key] != value:
                raise RejectedReturnError(
                    reason, f"{what}が異なります（ファイル：{said[key] or '空欄'}、必要：{value}）。",
                    f"{sheet}!{IDENTITY_CELLS[key]}", sender,
                )  # fmt: skip

        expect("survey", questionnaire.survey, "other-survey", "調査の種類")
        expect("year", str(questionnaire.year), "wrong-year", "調査年度")
        expect("version", questionnaire.version, "wrong-version", "調査票の版")
        expect("layout", self._declarations.layout.fingerprint, "wrong-version", "調査票の様式")
        if sender is None:
            raise RejectedReturnError(
                "unknown-municipality", f"団体コード「{said['code']}」は調査対象の市町村ではありません。",
                f"{sheet}!{IDENTITY_CELLS['code']}",
            )  # fmt: skip
        if said["check"] != identity_check({**said, "code": code}):
            raise RejectedReturnError(
                "altered-identity", f"シート「{sheet}」の記載が、配布した調査票から書き換えられています。",
                f"{sheet}!{IDENTITY_CELLS['check']}", sender,
            )  # fmt: skip
        return code, said["synthetic"] == SYNTHETIC_MARK

    def _by_cover(self, workbook: Workbook, file_name: str) -> Identity:
        said = self._evidence(workbook, file_name)
        codes = set(said.values())
        code = next(iter(codes)) if len(codes) == 1 else None
        reason, begin = "no-identity", f"シート「{IDENTITY_SHEET}」がなく、"
        if len(codes) > 1:
            places = {
                BY_ADDRESSEE: f"{COVER_SHEET}!{self._addressee}", BY_COVER_CODE: f"{COVER_SHEET}!{self._code}",
                BY_FILE_NAME: file_name,
            }  # fmt: skip
            named = "、".join(f"{word}（{places[word]}）は{self.names.names[code]}" for word, code in said.items())
            raise RejectedReturnError(
                reason,
                f"{begin}どの市町村の回答か確認できません。{named}を示しています。",
                f"{COVER_SHEET}!{self._addressee}",
            )
        if not self._is_this_years(workbook):
            message = f"{begin}見出しや設問も今年度の調査票と同じではないため、配布した調査票と確認できません。"
            raise RejectedReturnError(reason, message + self._suggestion(file_name, said), IDENTITY_SHEET, code)
        if code is None or len(said) < 2:
            shown = f"（{self.names.names[code]}を示すものは{next(iter(said))}だけ）" if code else ""
            message = f"{begin}宛名、団体コード及びファイル名からも、どの市町村の回答か確認できません{shown}。"
            raise RejectedReturnError(reason, message + self._suggestion(file_name, said), IDENTITY_SHEET, code)
        notice = plain_text(SYNTHETIC_NOTICE)
        is_synthetic = any(plain_text(cell.text) == notice for cell in workbook.sheets[COVER_SHEET].values())
        return Identity(code, is_synthetic, tuple(said))

    def _evidence(self, workbook: Workbook, file_name: str) -> Mapping[str, str]:
        """The municipality that the cover's addressee, its code and the file's name show, by the kind of evidence."""
        addressees = self.names.named(workbook.at(COVER_SHEET, self._addressee).text)
        code = self.names.of_code(workbook.at(COVER_SHEET, self._code).text)
        files = self.names.named(file_name) or self.names.hinted(file_name)
        found = {
            BY_ADDRESSEE: next(iter(addressees)) if len(addressees) == 1 else None,
            BY_COVER_CODE: code,
            BY_FILE_NAME: next(iter(files)) if len(files) == 1 else None,
        }
        return {word: code for word, code in found.items() if code}

    def _suggestion(self, file_name: str, said: Mapping[str, str]) -> str:
        near = None if BY_FILE_NAME in said else self.names.near(file_name)
        return f"ファイル名は「{self.names.names[near]}」の誤りではないか確認してください。" if near else ""

    @cached_property
    def _fixed(self) -> dict[tuple[str, str], str]:
        from pipeline.forms.blank import blank_form

        fixed = blank_form(self._declarations).fixed
        return {place: text for place, text in fixed.items() if place[0] not in (IDENTITY_SHEET, LIST_SHEET)}

    def _is_this_years(self, workbook: Workbook) -> bool:
        """Whether every text that stands in all forms of the year stands in its place."""
        return COVER_SHEET in workbook.sheets and all(
            plain_text(workbook.at(sheet, address).text) == text for (sheet, address), text in self._fixed.items()
        )


def _said(workbook: Workbook, sheet: str) -> dict[str, str]:
    return {key: workbook.at(sheet, address).text.strip() for key, address in IDENTITY_CELLS.items()}
