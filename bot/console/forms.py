"""Reading a posted form, never more of it than allowed, and the number in its address."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

from bot.console.refusal import Refusal

_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 8
_LARGEST_ID = 2**63 - 1
# A browser that still sends when the refusal arrives shows a broken connection
# instead of it, so a little too much is read to its end and thrown away.
_DISCARDED_BYTES = 1024 * 1024


async def read_form(request: Request, *, max_bytes: int, too_large: str) -> dict[str, str]:
    """The form's fields with line breaks as ``\\n`` and no NUL; of a repeated field the first.

    Raises:
        Refusal: 413 past *max_bytes* (says *too_large*), 415 or 400 for anything but a form.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Refusal(415, "只收表单。")
    body = await _body(request, max_bytes, too_large)
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="replace")
    except ValueError as error:
        raise Refusal(400, "表单读不懂，请刷新页面再试。") from error
    return {name: _clean(values[0]) for name, values in fields.items()}


def number_in(request: Request, name: str) -> int | None:
    """The part *name* of the address as an id that a table may have; ``None`` for anything else."""
    text = str(request.path_params[name])
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    return number if (number := int(text)) <= _LARGEST_ID else None


async def _body(request: Request, max_bytes: int, too_large: str) -> bytes:
    kept = bytearray()
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > max_bytes + _DISCARDED_BYTES:
            break
        if seen <= max_bytes:
            kept += chunk
    if seen > max_bytes:
        raise Refusal(413, too_large)
    return bytes(kept)


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
