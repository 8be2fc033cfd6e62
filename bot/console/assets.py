"""Stylesheet, scripts and icons, under addresses that change with their content."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "static"
_IMPORT = re.compile(r'(?<= from ")\./([\w-]+\.js)(?=";)')
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Assets:
    """Read once at start-up; a browser keeps each for a year."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._served: dict[str, tuple[bytes, str]] = {}
        self._urls: dict[str, str] = {}
        self._folder = folder
        for file in sorted(folder.iterdir()):
            if file.suffix in _MEDIA_TYPES:
                self._address(file.name)

    def url(self, name: str) -> str:
        """Address of the file *name*, its content's hash in it."""
        return self._urls[name]

    def _address(self, name: str) -> str:
        """The address of a file; a script's imports become addresses too, so it changes with what it imports."""
        if name not in self._urls:
            file = self._folder / name
            content = file.read_bytes()
            if file.suffix == ".js":
                content = _IMPORT.sub(lambda found: self._address(found[1]), content.decode()).encode()
            served = f"{file.stem}.{hashlib.sha256(content).hexdigest()[:12]}{file.suffix}"
            self._served[served] = (content, _MEDIA_TYPES[file.suffix])
            self._urls[name] = f"/console/assets/{served}"
        return self._urls[name]

    async def serve(self, request: Request) -> Response:
        content, media_type = self._served.get(request.path_params["name"], (None, ""))
        if content is None:
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        return Response(
            content, media_type=media_type, headers={"Cache-Control": "public, max-age=31536000, immutable"}
        )
