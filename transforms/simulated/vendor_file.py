"""A file as a vendor would hand it over, marked as simulated in its first line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VendorFile:
    """A file's name, with folders where it has any, and its bytes."""

    name: str
    content: bytes


def vendor_file(name: str, seed: int, text: str) -> VendorFile:
    """Put the mark of the simulated market before a file's text."""
    return VendorFile(name, f"# SIMULATED by condorwatch, seed {seed}\n{text}".encode())
