"""What the sources answered last: one file each in the home folder, and by what a source knows that version."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flows.sources.live.client import Validators
from warehouse.archive import sha256_of
from warehouse.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from flows.sources.live.client import Answer
    from flows.sources.live.requests import Request


class Shelf:
    """The files in `home/live`. They can be deleted at any time: then everything is fetched anew."""

    def __init__(self, home: Path) -> None:
        """Nothing is written before the first answer is kept."""
        self._folder = home / "live"
        self._notes = self._folder / "versions.json"

    def path_of(self, request: Request) -> Path:
        """Where the last good answer to this request lies, or would lie."""
        return self._folder / request.file_name

    def last_good(self, request: Request) -> bytes | None:
        """The last good answer; none where the file is gone, damaged, or from another address."""
        note = self._note_of(request)
        try:
            content = self.path_of(request).read_bytes()
        except OSError:
            return None
        is_whole = note.get("content_sha256") == sha256_of(content)
        return content if is_whole and note.get("address_sha256") == _address_key(request) else None

    def known(self, request: Request) -> Validators:
        """The version of the last good answer."""
        if self.last_good(request) is None:
            return Validators()
        note = self._note_of(request)
        return Validators(note.get("etag"), note.get("last_modified"))

    def keep(self, request: Request, answer: Answer) -> None:
        """Put a good answer in the place of the last one; a note that does not fit its file counts for nothing."""
        write_whole(self.path_of(request), answer.content, what="live-answer")
        note = {
            "address_sha256": _address_key(request),
            "content_sha256": sha256_of(answer.content),
            "etag": answer.validators.etag,
            "last_modified": answer.validators.last_modified,
        }
        notes = self._read_notes() | {request.file_name: note}
        write_whole(self._notes, json.dumps(notes, indent=1, sort_keys=True).encode(), what="live-notes")

    def _note_of(self, request: Request) -> dict[str, Any]:
        return self._read_notes().get(request.file_name, {})

    def _read_notes(self) -> dict[str, dict[str, Any]]:
        try:
            notes = json.loads(self._notes.read_bytes())
        except (OSError, ValueError):
            return {}
        return {name: note for name, note in notes.items() if isinstance(note, dict)} if isinstance(notes, dict) else {}


def _address_key(request: Request) -> str:
    """Tells two addresses apart without writing one down: it may hold somebody's key."""
    return sha256_of(request.address.encode())
