"""Files made on the spot."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from pathlib import Path

from docx import Document


def write_docx(path: Path, paragraphs: Iterable[str]) -> Path:
    """Write *paragraphs* into a Word file at *path*, which is returned."""
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(str(path))
    return path


def write_slow_pdf(path: Path, *, lines: int = 150_000) -> Path:
    """Write a PDF at *path* whose one page is small to send and takes minutes to lay out."""
    drawn = zlib.compress("\n".join(f"BT /F1 9 Tf 60 {at % 800} Td (word {at}) Tj ET" for at in range(lines)).encode())
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
    ]
    written, places = b"%PDF-1.4\n", list[int]()
    for at, part in enumerate(parts, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (at, part)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    tail = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}"
    tail += f"trailer << /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF"
    path.write_bytes(written + tail.encode())
    return path
