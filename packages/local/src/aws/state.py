"""Reads and writes ministack's state files. Unlike ministack's own functions, these never go on after a failure."""

import json
import os
import sys
from pathlib import Path

from ministack.core.persistence import _json_default, _json_object_hook, _state_format_version

SIDECAR = ".meta.json"
# Where old versions of objects are, without sidecars.
VERSIONS = ".versions"


def replace(file: Path, value) -> None:
    """Writes JSON, so that a kill leaves the old file or the new one."""
    temporary = file.with_name(f"{file.name}.tmp")
    with temporary.open("w") as stream:
        json.dump(value, stream, default=_json_default)
    temporary.replace(file)


def mend_objects(folder: Path) -> None:
    """Repairs S3's files after a kill between the two writes of an object: its bytes, then its metadata in a sidecar."""
    for parent, folders, names in os.walk(folder):
        if VERSIONS in folders:
            folders.remove(VERSIONS)
        for name in names:
            file = Path(parent, name)
            sidecar = Path(parent, name + SIDECAR)
            if name.endswith(SIDECAR):
                continue
            if not sidecar.exists():
                file.unlink()
            elif sidecar.stat().st_mtime_ns < file.stat().st_mtime_ns:
                metadata = json.loads(sidecar.read_text())
                # ministack computes what is missing.
                for stale in ("etag", "size", "checksums"):
                    metadata.pop(stale, None)
                replace(sidecar, metadata)


def load(folder: Path, service) -> None:
    """Restores a service's state. Exits when its file cannot be read: an empty state would overwrite it."""
    name = service.__name__.rpartition(".")[2]
    file = folder / f"{name}.json"
    if not file.exists():
        return
    try:
        saved = json.loads(file.read_text(), object_hook=_json_object_hook)
        version, payload = saved["__ministack_format__"], saved["payload"]
    except (ValueError, TypeError, LookupError, OSError) as error:
        sys.exit(f"{file} is damaged ({error!r})")
    supported = _state_format_version(name)
    if version > supported:
        sys.exit(f"{file} was written by a newer ministack (format above {supported})")
    service.load_persisted_state(payload)


def save(folder: Path, service) -> None:
    """Replaces a service's state file."""
    name = service.__name__.rpartition(".")[2]
    saved = {"__ministack_format__": _state_format_version(name), "payload": service.get_state()}
    replace(folder / f"{name}.json", saved)
