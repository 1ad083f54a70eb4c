"""The sites of a service: what each of its cameras sees, a file each in the data folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from aisle.core import DamagedError, InputError, whole, writing
from aisle.core.site import Site
from aisle.data.sites import from_json, to_json

MOST = 1000


class SiteFiles:
    """Reads and writes sites by name; each is whole or absent, so that any number of processes may.

    A file is called by the hash of its site's name, which may have letters that no disk likes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> tuple[Site, ...]:
        """By name. Raises DamagedError for a file that holds no site."""
        found = (self._read(file) for file in sorted(self._folder.glob("*.json")))
        return tuple(sorted((site for site in found if site is not None), key=lambda site: site.name))

    def get(self, name: str) -> Site | None:
        """Raises DamagedError for a file that holds no site."""
        return self._read(self._file(name))

    def put(self, site: Site) -> bool:
        """Whether it is new. Raises OutputError where the disk refuses."""
        file = self._file(site.name)
        is_new = not file.exists()
        with whole(file) as part:
            part.write_text(json.dumps(to_json(site), indent=1, ensure_ascii=False), "utf-8")
        return is_new

    def remove(self, name: str) -> bool:
        """Whether there was one. Raises OutputError where the disk refuses."""
        file = self._file(name)
        with writing(file):
            try:
                file.unlink()
            except FileNotFoundError:
                return False
        return True

    def _file(self, name: str) -> Path:
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"

    def _read(self, file: Path) -> Site | None:
        try:
            return from_json(json.loads(file.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, InputError) as error:
            do = "remove it, and draw the site again"
            raise DamagedError(f"{file.name} holds no site", got=str(error), do=do) from error
