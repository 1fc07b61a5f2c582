"""Checks, without a network, that what is installed is what the requirements say, and may be used.

Each requirement names one exact version; each package that one of them needs is named, too; each is
installed in that version; and its licence is one that a server under Apache-2.0 can stand on.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILES = ("requirements.txt", "requirements-embedded.txt", "requirements-dev.txt")
PIN = re.compile(r"([A-Za-z0-9._-]+)(\[[\w,-]+\])?==([\w.+!-]+)( *; *.+)?")
NEED = re.compile(r"([A-Za-z0-9._-]+)(?:\[([\w,-]+)\])?")
INSTALLER = "pip"  # every environment has its own
LICENCES = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|Zlib|HPND"
    r"|Public Domain|CC0)\b",
    re.IGNORECASE,
)
# Looked at one by one.
ALLOWED = {
    "secantusdb": "GPL: a program of its own, reached over a socket and never imported",
    "crontab": "LGPL: a library used as it is, which whoever runs this can replace",
    "kosoku": "MIT, by the file that it brings",
}


def name_of(text: str) -> str:
    """A package's name in the one spelling."""
    return re.sub(r"[-_.]+", "-", text).lower()


def pins() -> tuple[dict[str, str], list[str], list[str]]:
    """The version of each package, those that are conditional, and what is wrong with the lines."""
    found: dict[str, str] = {}
    conditional, wrong = [], []
    for file in FILES:
        for number, line in enumerate((ROOT / file).read_text(encoding="utf-8").splitlines(), 1):
            text = line.partition("#")[0].strip()
            match = PIN.fullmatch(text) if text else None
            if text and match is None:
                wrong.append(f"{file}:{number}: not one exact version: {text}")
            elif match is not None:
                name = name_of(match[1])
                if found.get(name, match[3]) != match[3]:
                    wrong.append(f"{file}:{number}: {name} has another version elsewhere")
                found[name] = match[3]
                conditional += [name] if match[4] else []
    return found, conditional, wrong


def needs(package: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """What a package needs on this machine, with the extras that it asks for."""
    for line in package.requires or ():
        text, _, marker = line.partition(";")
        match = NEED.match(text.strip())
        if match is not None and holds(marker.strip(), extras):
            yield name_of(match[1]), frozenset((match[2] or "").split(",")) - {""}


def holds(marker: str, extras: frozenset[str]) -> bool:
    """Does a condition hold here? Of extras those alone that were asked for."""
    wanted = re.findall(r"extra *== *['\"]([\w-]+)['\"]", marker)
    if wanted:
        return bool(extras & set(wanted))
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for op, version in re.findall(r"python_(?:full_)?version *(<=?|>=?) *['\"]([\d.]+)", marker):
        ours, theirs = [[int(part) for part in one.split(".")[:2]] for one in (here, version)]
        is_met = {"<": ours < theirs, "<=": ours <= theirs, ">": ours > theirs}.get(
            op, ours >= theirs
        )
        if not is_met:
            return False
    return not re.search(
        r"(sys_platform|platform_system|os_name) *== *['\"](win|Windows|nt)", marker
    )


def licence(package: Distribution) -> str:
    """What a package says of its licence, in a line; else the first line of the text it brings."""
    meta: Any = package.metadata
    texts = [meta.get("License-Expression") or "", (meta.get("License") or "").split("\n")[0]]
    texts += [one for one in meta.get_all("Classifier") or () if one.startswith("License")]
    said = "; ".join(filter(None, texts))
    return said or (package.read_text("licenses/LICENSE") or "").partition("\n")[0]


def problems() -> list[str]:
    """All that is wrong, a line each."""
    pinned, conditional, found = pins()
    for name, version in sorted(pinned.items()):
        try:
            package = distribution(name)
        except PackageNotFoundError:
            found += [] if name in conditional else [f"{name}: not installed"]
            continue
        if package.version != version:
            found.append(f"{name}: {package.version} is installed, not {version}")
        said = licence(package)
        if name not in ALLOWED and not LICENCES.search(said):
            found.append(f"{name}: licence not known to be fine: {said or 'none stated'}")
        found += [
            f"{name}: needs {other}, which no requirements file names"
            for other, _ in needs(package, frozenset())
            if other not in pinned and other != INSTALLER
        ]
    return found


def main() -> int:
    """Print what is wrong; 1 when something is."""
    found = problems()
    print("\n".join(found) or "every dependency is pinned, installed as pinned, and may be used")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
