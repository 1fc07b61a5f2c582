"""The texts of e-mails in ``templates/``: the first line is the subject, the rest is markdown."""

from pathlib import Path
from string import Template
from typing import Final

FOLDER: Final = Path(__file__).parent.parent / "templates"


class LetterText:
    """One text with places for values, read once; ``name`` is its path without its ending."""

    def __init__(self, name: str):
        whole = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
        subject, _, text = whole.partition("\n")
        self._subject, self._text = Template(subject), Template(text.strip())

    def subject(self, **values: str) -> str:
        """The subject, with values as they are; KeyError for a place without a value."""
        return self._subject.substitute(values)

    def text(self, **values: str) -> str:
        """The markdown, with values that are markdown themselves."""
        return self._text.substitute(values)
