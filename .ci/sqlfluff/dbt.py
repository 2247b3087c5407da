"""dbt's own macros as the linter sees them: what they give on DuckDB."""


def type_string() -> str:
    """The type of texts."""
    return "varchar"


def listagg(measure: str, delimiter_text: str, order_by_clause: str) -> str:
    """The texts of a group in order, joined."""
    return f"string_agg({measure}, {delimiter_text} {order_by_clause})"
