"""What a file that a stranger sent may ask for, and the refusal of one that asks for more or cannot be read."""

from __future__ import annotations

MAX_FILE_BYTES = 20_000_000
MAX_EXPANDED_BYTES = 200_000_000
MAX_PARTS = 2_000
MAX_CELLS = 500_000
MAX_AREA = 20 * MAX_CELLS
MAX_ROWS = 2 * MAX_CELLS
"""Rows of an .xls, filled or not, over all of its sheets; each costs its reader time."""
MAX_COLUMNS = 17_000
"""More than any sheet has (16,384); behind the 18,278th, ZZZ, columns have no names."""


class UnreadableWorkbookError(Exception):
    """The bytes cannot be read as a workbook; `reason` is a stable word, `message` tells the sender in Japanese."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        self.message = message
        super().__init__(f"{reason}: {message}")


def damaged() -> UnreadableWorkbookError:
    """The refusal of bytes that are no whole workbook."""
    return UnreadableWorkbookError("damaged", "Excelファイルとして読み取れません（破損の可能性）。")


def expands_too_far() -> UnreadableWorkbookError:
    """The refusal of a file that becomes too large when it is read."""
    return UnreadableWorkbookError("expands-too-far", "展開後の大きさが上限を超えています。")


def has_entities() -> UnreadableWorkbookError:
    """The refusal of XML that declares entities, which can become any amount of text."""
    return UnreadableWorkbookError("xml-entities", "XMLの実体宣言を含むため読み取りません。")


def not_excel() -> UnreadableWorkbookError:
    """The refusal of a file of another kind."""
    return UnreadableWorkbookError(
        "not-excel",
        "Excelファイル（.xlsx）でも、読み取れる他の形式（.xls、.ods、回答の一覧表のCSV）でもありません。調査票のファイルを提出してもらってください。",
    )


def too_many_columns() -> UnreadableWorkbookError:
    """The refusal of a file with a cell farther to the right than any sheet reaches."""
    return UnreadableWorkbookError("too-many-cells", f"{MAX_COLUMNS:,}列目より右に入力セルがあります。")


def too_many_cells() -> UnreadableWorkbookError:
    """The refusal of a file with more filled cells than a form can have."""
    return UnreadableWorkbookError("too-many-cells", f"入力セルが{MAX_CELLS:,}個を超えています。")
