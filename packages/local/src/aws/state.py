"""Reads and writes ministack's state files. Unlike ministack's own functions, these stop at the first failure.

The private JSON codec and format version are ministack's: its files must stay readable for it.
"""

import json
import os
import sys
from pathlib import Path

from ministack.core.persistence import _json_default, _json_object_hook, _state_format_version

SIDECAR = ".meta.json"
# Folder of old object versions, which have no sidecars.
VERSIONS = ".versions"


def replace(file: Path, value) -> None:
    """Replaces a file with JSON atomically."""
    temporary = file.with_name(f"{file.name}.tmp")
    with temporary.open("w") as stream:
        json.dump(value, stream, default=_json_default)
    temporary.replace(file)


def repair_objects(folder: Path) -> None:
    """Repairs objects after a crash between the writes of their bytes and of their metadata, a sidecar file."""
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
                # ministack computes missing values again.
                for stale in ("etag", "size", "checksums"):
                    metadata.pop(stale, None)
                replace(sidecar, metadata)


def load(folder: Path, service) -> None:
    """Restores a service's state. Exits if its file is unreadable, because saving an empty state would overwrite it."""
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
