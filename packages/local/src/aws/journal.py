"""A write-ahead journal for ministack's DynamoDB, so that a crash loses no acknowledged write.

ministack saves all tables in one file, and only when it ends. Between saves, each request appends one line with its changed
items to the journal before it is acknowledged. Replaying a line twice is harmless.

The module wraps private functions of ministack (`_set_item`, `_remove_item`, `_tables`, its JSON codec): ministack has no hook
for changed items. requirements.txt pins its version, and ministack.test.ts kills it in the middle of writes.
"""

import json
import os
import sys
from pathlib import Path

import state
from ministack.core.persistence import _json_default, _json_object_hook
from ministack.services import dynamodb

READS = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List", "Search")

# Operations whose changes are all in the journal. After any other write, the whole state is saved.
ITEM_WRITES = (
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "ExecuteStatement",
    "BatchExecuteStatement",
    "ExecuteTransaction",
)

# Bytes. The state is saved once the journal is longer than this and longer than the last saved state.
JOURNAL_MAX = 4 * 1024 * 1024


class Journal:
    """Replays the journal of the last process, then records every changed item."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.file = folder / "dynamodb.journal"
        self.changes = []
        self.size = 0
        self.saved_size = 0
        self.replay()
        self.descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.save()

        set_item, remove_item, handle_request = (
            dynamodb._set_item,
            dynamodb._remove_item,
            dynamodb.handle_request,
        )

        def recorded_set_item(table, partition, sort, item):
            self.changes.append((table, partition, sort, item))
            return set_item(table, partition, sort, item)

        def recorded_remove_item(table, partition, sort):
            self.changes.append((table, partition, sort, None))
            return remove_item(table, partition, sort)

        async def recorded_handle_request(method, path, headers, body, query):
            answer = await handle_request(method, path, headers, body, query)
            self.append()
            operation = headers.get("x-amz-target", "").rpartition(".")[2]
            is_other_write = operation not in ITEM_WRITES and not operation.startswith(READS)
            if (answer[0] == 200 and is_other_write) or self.size > max(JOURNAL_MAX, self.saved_size):
                self.save()
            return answer

        dynamodb._set_item = recorded_set_item
        dynamodb._remove_item = recorded_remove_item
        dynamodb.handle_request = recorded_handle_request

    def replay(self) -> None:
        if not self.file.exists():
            return
        tables = {table["TableArn"]: table for _, table in dynamodb._tables.all_items()}
        # An incomplete last line belongs to a write that was never acknowledged.
        *lines, _ = self.file.read_bytes().split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                changes = json.loads(line, object_hook=_json_object_hook)
            except ValueError as error:
                sys.exit(f"{self.file} is damaged (line {number}: {error})")
            for arn, partition, sort, item in changes:
                if arn not in tables:
                    continue
                if item is None:
                    dynamodb._remove_item(tables[arn], partition, sort)
                else:
                    dynamodb._set_item(tables[arn], partition, sort, item)

    def append(self) -> None:
        changes, self.changes = self.changes, []
        if not changes:
            return
        entries = [[table["TableArn"], partition, sort, item] for table, partition, sort, item in changes]
        line = json.dumps(entries, default=_json_default).encode() + b"\n"
        try:
            if os.write(self.descriptor, line) != len(line):
                raise OSError(f"{self.file} cannot be written: is the disk full?")
        except OSError:
            os.ftruncate(self.descriptor, self.size)
            raise
        self.size += len(line)

    def save(self) -> None:
        """Saves all tables and empties the journal."""
        state.save(self.folder, dynamodb)
        os.ftruncate(self.descriptor, 0)
        self.size = 0
        self.saved_size = (self.folder / "dynamodb.json").stat().st_size
