"""The check of lengths names what is too long, of the project's own files."""

from pathlib import Path

from tools.lengths import too_long


def test_the_project_s_long_files_are_named(tmp_path: Path) -> None:
    for name, lines in [("a.py", 301), ("b.js", 300), ("c.md", 999), (".venv/d.py", 999)]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x\n" * lines)
    assert too_long(tmp_path) == ["a.py: 301 lines, at most 300: split it"]
