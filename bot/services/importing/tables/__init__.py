"""Rows of spreadsheets and other tables: which column holds what, and what each row means."""

from bot.services.importing.tables.answers import counted_from
from bot.services.importing.tables.cell import MAX_COLUMNS, MAX_ROWS, Cell, Sheet, SheetRow
from bot.services.importing.tables.header import header_roles
from bot.services.importing.tables.names import Role, option_position, role_of
from bot.services.importing.tables.question import Draft, Questions
from bot.services.importing.tables.sheet import read_sheets

__all__ = [
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Cell",
    "Draft",
    "Questions",
    "Role",
    "Sheet",
    "SheetRow",
    "counted_from",
    "header_roles",
    "option_position",
    "read_sheets",
    "role_of",
]
