"""A whole instance through ``export`` and ``import``: equal on the other side, or nothing there."""

import json
import stat
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from carillon import wall_us
from commands.completing import SECRET
from commands.line import parser
from commands.moving import FILE, move
from domain.errors import Unavailable
from domain.findings import FAILED
from embedded.folder import DataFolder
from embedded.process import StartError
from models.database import Database
from models.dumps import LEFT_OUT, Dumps
from models.migrations import VERSION, Migrations, WrongVersion
from services.checkup import check_database
from tests.conftest import StoreUris, settings_for
from tests.handlers.alert_calls import publisher
from tests.handlers.alert_people import subscribe as subscribe_to_alerts
from tests.handlers.announcement_calls import caller
from tests.handlers.stage_calls import new_message, new_set, subscribe, upload
from tests.sites import Person, Site

AREAS = {
    *("accounts_users", "accounts_groups", "accounts_tokens", "inbox_deliveries"),
    *("inbox_messages", "inbox_notices", "inbox_receipts", "inbox_scheduled", "announcements"),
    *("announcements_versions", "schedules", "stages_sets", "stages_messages"),
    *("stages_subscriptions", "stages_binaries", "stages_files.files", "stages_files.chunks"),
    *("alerts_lists", "alerts_subscribers", "alerts_subscriptions", "alerts_content_changes"),
    *("audit_entries", "counters", "jobs", "live_records", "meta"),
}
MEDIA = bytes(range(256)) * 2_000  # two pieces
FOREIGN = '{"_id":{"$numberInt":"1"},"x":{"$no":"type"}\n'


@dataclass
class Mover:
    """The verbs on one of two databases, each with a data folder of its own."""

    uris: StoreUris
    folder: Path
    database: str

    @property
    def name(self) -> str:
        return f"{self.database}{self.folder.name}"

    @property
    def environ(self) -> dict[str, str]:
        return {
            "CARILLON_MONGODB_URI": self.uris.mongodb,
            "CARILLON_REDIS_URI": self.uris.redis,
        }

    async def run(self, verb: str, file: Path, *words: str) -> int:
        arguments = parser().parse_args([verb, str(file), "--data", str(self.folder), *words])
        return await move(arguments, settings_for(self.name, **self.environ), wall_us)

    async def refusal(self, verb: str, file: Path, capsys: pytest.CaptureFixture[str]) -> str:
        assert await self.run(verb, file) == 1
        return capsys.readouterr().err.splitlines()[-1]

    async def with_database(self, use: Callable[[Database], Awaitable[Any]]) -> Any:
        database = Database(self.uris.mongodb, self.name)
        try:
            return await use(database)
        finally:
            database.close()

    async def all(self) -> dict[str, dict[str, Any]]:
        """Every document, by collection and ``_id``, without what is an installation's own."""

        async def read(database: Database) -> dict[str, dict[str, Any]]:
            found = {}
            for name in await database.collection_names():
                rows = await database.collection(name).find({})
                found[name] = {str(one["_id"]): one for one in rows}
            for own in LEFT_OUT:
                found["meta"].pop(own, None)
            return {name: rows for name, rows in found.items() if rows}

        whole: dict[str, dict[str, Any]] = await self.with_database(read)
        return whole

    async def held(self) -> list[str]:
        held: list[str] = await self.with_database(lambda one: Dumps(one).held())
        return held

    async def drop(self) -> None:
        await self.with_database(lambda one: one.drop())


async def fill(site: Site) -> Person:
    """Something of every area."""
    admin = await site.admin()
    alice, bob = await site.people("alice", "bob")
    await site.send(alice, "Hello \N{BELL}", bob)
    for path, body in (
        ("/notices/send/", {"content": "Lunch", "audience": "everyone"}),
        ("/messages/send/", {"content": "Later", "recipient_ids": [bob.id]} | FAR),
        ("/accounts/groups/", {"name": "crew"}),
    ):
        assert (await site.request("POST", path, admin, body=body)).status < 300
    [notice] = (await site.request("GET", "/notices/", bob)).json
    read = {"notice_ids": [notice["id"]]}
    assert (await site.request("PATCH", "/notices/mark-read/", bob, body=read)).status < 300
    editor = await caller(site, "editor", rights=("system.message",))
    await editor.created(title={"en-US": "Hello"})
    author = await site.person("author", rights=("services",))
    messageset = await new_set(site, author)
    file = (await upload(site, author, "a.mp3", MEDIA)).json
    await new_message(site, author, messageset, 1, binary_content=file["id"])
    await subscribe(site, author, messageset)
    reader = await publisher(site)
    wanted = await reader.listed(tags={"topics": {"any": ["a/b"]}})
    await subscribe_to_alerts(reader, wanted["id"])
    await reader.ask("POST", "/content-changes", CHANGE)
    return bob


FAR = {"send_at": "2100-01-01T00:00:00Z"}
CHANGE = {
    "subject": "x", "body": "y", "content_id": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
    "title": "Title", "change_note": "n", "base_path": "/x", "document_type": "guide",
    "email_document_supertype": "e", "government_document_supertype": "g",
    "public_updated_at": "2026-01-01T00:00:00Z", "publishing_app": "p", "tags": {"topics": ["q"]},
    "links": {},
}  # fmt: skip


@pytest.mark.gen_test(timeout=60)
async def test_an_instance_moves_whole_or_not_at_all(
    store_uris: StoreUris,
    database_name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = Mover(store_uris, tmp_path / "a", database_name)
    there = Mover(store_uris, tmp_path / "b", database_name)
    archive = tmp_path / "whole.zip"
    monkeypatch.setattr("commands.progress.SAID_EACH_S", 0)
    assert "nothing to be exported" in await here.refusal("export", archive, capsys)
    async with Site(settings_for(here.name), store_uris) as site:
        bob = await fill(site)
        assert "A server runs" in await here.refusal("export", archive, capsys)
        assert not archive.exists()
    await _exports(here, archive, capsys)
    await _breaks_off(there, archive, capsys, monkeypatch)
    await _imports(here, there, archive, capsys)
    await _refuses(there, archive, tmp_path, capsys)
    await _migrates(Mover(store_uris, tmp_path / "d", database_name), archive)
    async with Site(settings_for(there.name), store_uris) as site:
        [message] = (await site.request("GET", "/messages/", bob)).json
        assert message["content"] == "Hello \N{BELL}"
        sent = await site.request("GET", "/messages/sent/", bob)
        assert sent.json == []
    for mover in (here, there):
        await mover.drop()


async def _exports(here: Mover, archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    DataFolder(here.folder).put_secret(SECRET, "the links' secret")
    assert await here.run("export", archive, "--json") == 0
    told = capsys.readouterr()
    kept = await here.all()
    assert set(kept) >= AREAS
    assert json.loads(told.out)["documents"] == sum(map(len, kept.values()))
    assert f"inbox_deliveries: {len(kept['inbox_deliveries'])}\n" in told.err
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with zipfile.ZipFile(archive) as parts:
        manifest = json.loads(parts.read("manifest.json"))
        lines = parts.read("collections/stages_files.chunks.jsonl").splitlines()
    assert manifest["collections"]["stages_files.chunks"] == len(lines) == 2
    assert "secret" in manifest["note"]
    assert "exists already" in await here.refusal("export", archive, capsys)


async def _breaks_off(
    there: Mover,
    archive: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until the same import is whole nobody uses what is there of it."""
    whole = Dumps.put

    async def put(dumps: Dumps, name: str, lines: list[bytes]) -> None:
        await whole(dumps, name, lines[:1] if name == "inbox_messages" else lines)
        if name == "inbox_messages":
            raise Unavailable("no disk")

    with monkeypatch.context() as patch:
        patch.setattr(Dumps, "put", put)
        with pytest.raises(StartError, match="the database cannot be used: no disk"):
            await there.run("import", archive)
    assert "inbox_deliveries" in await there.held()
    with pytest.raises(WrongVersion, match="begin the same import again"):
        await there.with_database(lambda one: Migrations(one, "a server").run())
    findings = await check_database(there.uris.mongodb, there.name, wall_us)
    [data] = [one for one in findings if one.name == "data"]
    assert data.state == FAILED
    assert "begin the same import again" in data.text
    assert "begin the same import again" in await there.refusal(
        "export", archive.with_name("half.zip"), capsys
    )
    other = rewritten(archive, manifest=lambda one: one | {"id": "another"})
    assert "another archive" in await there.refusal("import", other, capsys)


async def _imports(
    here: Mover, there: Mover, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await there.run("import", archive) == 0
    told = capsys.readouterr()
    assert "accounts_users" not in told.err  # those were whole
    assert "inbox_messages: 1" in told.err
    mine, theirs = await here.all(), await there.all()
    [noted] = theirs["audit_entries"].keys() - mine["audit_entries"].keys()
    assert theirs["audit_entries"].pop(noted)["action"] == "import"
    assert theirs == mine
    assert DataFolder(there.folder).secret(SECRET) == "the links' secret"
    assert "not empty (accounts_groups, " in await there.refusal("import", archive, capsys)


def rewritten(
    archive: Path,
    manifest: Callable[[dict[str, Any]], dict[str, Any]] = lambda one: one,
    **parts: str,
) -> Path:
    """The archive with another manifest or other lines, and checksums that fit."""
    target = archive.with_name("rewritten.zip")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json":
                content = json.dumps(manifest(json.loads(content))).encode()
            stem = Path(name).stem
            new.writestr(name, parts[stem].encode() if stem in parts else content)
    return target


async def _refuses(
    other: Mover, archive: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is left of what was no whole archive of this or an earlier program."""
    there = Mover(other.uris, folder / "c", other.database)
    content = archive.read_bytes()
    bad = folder / "bad.zip"
    middle = len(content) // 2
    for left in (b"", b"PK", content[:-1], content[:middle], content[middle:]):
        bad.write_bytes(left)
        assert "not an archive" in await there.refusal("import", bad, capsys)
    bad.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    assert "not an archive" in await there.refusal("import", bad, capsys)
    newer = {"version": VERSION + 1, "since": VERSION + 1}
    for change, text in (
        (newer, "start the newer program"),
        ({"format": 2}, "A newer program made this archive"),
        ({"archive": "other"}, "its manifest cannot be read"),
        ({"collections": {"system.users": 1}}, "its manifest cannot be read"),
        ({"collections": {"x": 1}}, "x.jsonl is missing"),
    ):
        bad = rewritten(archive, manifest=lambda one, change=change: one | change)  # type: ignore[misc]
        assert text in await there.refusal("import", bad, capsys)
        assert await there.held() == []
    assert not (there.folder / FILE).exists()
    for line, text in ((FOREIGN, "inbox_messages, line 1"), ("", "1 documents are announced")):
        bad = rewritten(archive, inbox_messages=line)
        assert text in await there.refusal("import", bad, capsys)
        assert await there.held() == []


async def _migrates(there: Mover, archive: Path) -> None:
    """An archive of data from before there were versions becomes today's."""
    with zipfile.ZipFile(archive) as parts:
        meta = parts.read("collections/meta.jsonl").decode().splitlines(keepends=True)
    [secret] = [line for line in meta if '"_id":"secret"' in line]

    def first(manifest: dict[str, Any]) -> dict[str, Any]:
        counts = {**manifest["collections"], "meta": 1}
        return {**manifest, "version": 1, "since": 1, "collections": counts}

    assert await there.run("import", rewritten(archive, manifest=first, meta=secret)) == 0
    schema = (await there.all())["meta"]["schema"]
    assert (schema["version"], schema["by"]) == (VERSION, None)
    await there.drop()
