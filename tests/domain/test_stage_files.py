"""What a stored file is, and whether a browser may show it (contract, 1.2.5; surface, "Files")."""

import pytest

from domain.stage_files import Upload, check_file, is_shown, media_type


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("Welcome.MP3", "audio/mpeg", True),
        ("voice.amr", "audio/amr", True),
        ("a.tar.png", "image/png", True),
        ("clip.3gp", "video/3gpp", False),
        ("note.txt", "text/plain; charset=utf-8", False),
        ("leaflet.pdf", "application/pdf", False),
    ],
)
def test_by_the_end_of_its_name(name: str, kind: str, shown: bool) -> None:
    check_file(Upload(name, b"x"))
    assert (media_type(name), is_shown(name)) == (kind, shown)
