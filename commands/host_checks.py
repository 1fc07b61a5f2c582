"""What a check looks at on this host: the folder, the disk, the limit of files, the port."""

import os
import resource
import shutil
import socket
from pathlib import Path

from domain.findings import FAILED, OK, WARNING, Finding
from embedded.folder import LEAST_BYTES, MIB, DataFolder
from settings import Server

FEW_BYTES = 1024**3
FEW_FILES = 10_200  # ten thousand connections, and some


def check_host(folder: DataFolder, settings: Server) -> list[Finding]:
    """Everything that can be seen without a store; makes and changes nothing."""
    return [_folder(folder), _disk(folder.path), _files(), _port(folder, settings)]


def _folder(folder: DataFolder) -> Finding:
    path = folder.path
    if not path.exists():
        return Finding("folder", OK, f"{path} is not there yet: the first start makes it")
    if not path.is_dir() or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return Finding("folder", FAILED, f"{path} cannot be written to")
    holder = folder.holder()
    if holder is not None:
        who = "a server" if holder[0] == "run" else "a command"
        return Finding("folder", OK, f"{path} is in use by {who} (process {holder[1]})")
    return Finding("folder", OK, f"{path} is free")


def _disk(path: Path) -> Finding:
    there = next(one for one in (path, *path.parents) if one.exists())
    free = shutil.disk_usage(there).free
    text = f"{free // MIB} MiB are free at {there}"
    if free < LEAST_BYTES:
        return Finding("disk", FAILED, f"{text}: the disk is full, nothing starts")
    return Finding("disk", OK if free >= FEW_BYTES else WARNING, text)


def _files() -> Finding:
    """The hard limit counts: a server raises the soft one to it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= FEW_FILES:
        return Finding("files", OK, "room for ten thousand connections and more")
    room = max(0, hard - 200)
    text = f"room for about {room} connections: the system allows {hard} open files (ulimit -Hn)"
    return Finding("files", WARNING, text)


def _port(folder: DataFolder, settings: Server) -> Finding:
    where = f"{settings.address}:{settings.port}"
    if settings.port == 0:
        return Finding("port", OK, "the system chooses one")
    holder = folder.holder() if folder.path.exists() else None
    if holder is not None and holder[0] == "run":
        return Finding("port", OK, f"{where} is for the server that runs on this folder")
    family = socket.AF_INET6 if ":" in settings.address else socket.AF_INET
    with socket.socket(family) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((settings.address, settings.port))
            one.listen()
        except OSError as error:
            return Finding("port", FAILED, f"cannot listen on {where}: {error.strerror}")
    return Finding("port", OK, f"{where} is free")
