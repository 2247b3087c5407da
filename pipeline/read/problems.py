"""Why an answer cannot be read, in words for the municipality: what stands there, and what to write instead."""

from __future__ import annotations

PROBLEM_TEXTS = {
    "error_cell": "エラー値が入っています。数式を消し、値を直接入力してください。",
    "uncached_formula": "計算結果のない数式が入っています。値を直接入力してください。",
    "struck_text": "取り消し線、上付き又は下付きの文字があります。書式を消し、残す内容だけを入力してください。",
    "merged_cells": "複数の回答欄が一つのセルに結合されています。結合を解除し、それぞれの欄に入力してください。",
    "not_a_tick": "○以外の文字が入っています。該当する場合は○を入力してください。",
    "not_a_number": "数字として読み取れません。半角又は全角の数字で入力してください。",
    "too_large": "数値が大きすぎます。入力した桁数を確かめてください。",
    "not_a_whole_number": "整数ではありません。整数で入力してください。",
    "not_a_date": "日付として読み取れません。例のように「令和７年４月１日」と入力してください。",
    "no_such_date": "暦にない日付です。正しい日付を入力してください。",
    "unknown_option": "選択肢にない回答です。一覧から選んでください。",
    "not_in_register": "一覧にない名称です。一覧から選ぶか、「一覧にない」を選んで名称欄に記入してください。",
    "two_answers": "一つだけ選ぶ設問に複数の○があります。一つに絞ってください。",
}
