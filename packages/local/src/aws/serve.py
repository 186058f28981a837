"""Serves ministack's S3 and DynamoDB on 127.0.0.1:GATEWAY_PORT until SIGTERM, SIGINT or the end of standard input.

ministack saves DynamoDB (and the buckets' settings) only when it stops, so a killed process or a power cut would lose a
whole day's jobs while their objects are still there. Here the state is also saved soon after every write. Its settings
come from the environment, as ministack documents them: STATE_DIR, S3_DATA_DIR, PERSIST_STATE, S3_PERSIST, SERVICES.
"""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

STATE_DIR = Path(os.environ["STATE_DIR"])


def refuse_damaged_state() -> None:
    """Exits when a state file cannot be read: ministack would start empty and overwrite it."""
    for file in sorted(STATE_DIR.glob("*.json")):
        try:
            saved = json.loads(file.read_text())
        except (ValueError, OSError) as error:
            sys.exit(f"{file} is damaged ({error})")
        if not isinstance(saved, dict) or "__ministack_format__" not in saved:
            sys.exit(f"{file} is damaged (not a state file of ministack)")
        supported = _state_format_version(file.stem)
        if saved["__ministack_format__"] > supported:
            sys.exit(f"{file} was written by a newer ministack (format above {supported})")


def save() -> None:
    save_all({"s3": s3.get_state, "dynamodb": dynamodb.get_state})


class SavesAfterWrites:
    """ASGI middleware that saves the state a moment after requests that may have changed it."""

    READS = ("GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems", "Describe", "List")

    def __init__(self, app):
        self.app = app
        self.task = None
        self.took = 0.0

    def writes(self, scope) -> bool:
        if scope["type"] != "http":
            return False
        headers = dict(scope["headers"])
        target = headers.get(b"x-amz-target", b"").decode("latin-1")
        if target:
            return not target.partition(".")[2].startswith(self.READS)
        # Objects are written to disk by S3 itself; a bucket and its settings (policy, CORS, ...) are not.
        is_bucket = scope["path"].strip("/").count("/") == 0
        return is_bucket and scope["method"] in ("PUT", "DELETE")

    async def save_soon(self) -> None:
        # A large table takes long to save: spend at most a tenth of the time on it.
        await asyncio.sleep(max(0.1, 10 * self.took))
        self.task = None
        begin = time.monotonic()
        save()
        self.took = time.monotonic() - begin

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)
        if self.task is None and self.writes(scope):
            self.task = asyncio.create_task(self.save_soon())


async def main() -> None:
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.loglevel = os.environ.get("LOG_LEVEL", "WARNING")

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)

    def parent_gone() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            stopped.set()

    loop.add_reader(0, parent_gone)
    await serve(SavesAfterWrites(app), config, shutdown_trigger=stopped.wait)


if __name__ == "__main__":
    from ministack.core.persistence import _state_format_version, save_all

    refuse_damaged_state()

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app
    from ministack.services import dynamodb, s3

    asyncio.run(main())
