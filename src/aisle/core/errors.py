"""One family of errors, so that every failure can be shown in one line and mapped to one exit code.

AisleError
+-- UsageError          the call itself is wrong (exit code 2)
|   +-- UnknownNameError    a name that does not exist, with the nearest that do
+-- InputError          one input cannot be used; others of the same call go on (exit code 1)
+-- OutputError         the result cannot be written: full disk, read-only folder
+-- DamagedError        something of ours on disk is not what it should be: cache, bundle
+-- UnreachableError    the network or a registry does not answer
+-- MissingPartError    an optional package is not installed

Every text has the same four parts: what happened, what was got, what is allowed, what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AisleError(Exception):
    """`what` happened, what was `got`, what is `allowed`, and what to `do`; `str()` joins them into one line."""

    exit_code = 1

    def __init__(self, what: str, *, got: object = None, allowed: str = "", do: str = "") -> None:
        self.what, self.got, self.allowed, self.do = what, got, allowed, do
        super().__init__(what)

    def __str__(self) -> str:
        parts = [self.what]
        if self.got is not None:
            parts.append(f"got: {self.got}")
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        if self.do:
            parts.append(f"do: {self.do}")
        return "; ".join(" ".join(part.split()) for part in parts)


class UsageError(AisleError):
    exit_code = 2


class UnknownNameError(UsageError):
    """A `kind` of thing has no member called `got`."""

    def __init__(self, kind: str, got: str, known: Iterable[str], do: str = "") -> None:
        names = sorted(known)
        near = difflib.get_close_matches(got, names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else ""
        super().__init__(
            f"unknown {kind}",
            got=repr(got),
            allowed=", ".join(names) or "(none)",
            do=" ".join(filter(None, [hint, do])),
        )
        self.near = tuple(near)


class InputError(AisleError):
    pass


class OutputError(AisleError):
    pass


class DamagedError(AisleError):
    pass


class UnreachableError(AisleError):
    pass


class MissingPartError(AisleError):
    """The package `name` is needed for `what` and comes with the extra `extra`."""

    def __init__(self, what: str, *, name: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the package {name}", got="it is not installed", do=f'pip install "aisle[{extra}]"'
        )
