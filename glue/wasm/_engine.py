"""`unparquet._engine` on WebAssembly, for machines without a native engine: the same functions and bytes, on one thread."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import wasmtime

from .errors import ConversionError

_PROGRESS_INTERVAL = 0.25  # seconds
_POLL_INTERVAL = 0.05  # seconds until a signal is noticed
_MODULE = Path(__file__).with_name("unparquet.wasm")


def convert(
    source: Any, sink: Any, progress: Callable[[int, int, int], None] | None = None, **options: Any
) -> tuple[int, int, list[tuple[str, str]], int, list[tuple[int, int]]]:
    """
    Converts `source` (a path, or an object with `size` and `read(offset, length)`) and writes to `sink` (a file descriptor, or
    an object with `write(bytes)`). Raises ConversionError, and exceptions of the objects.
    """
    summary = json.loads(_Call(source, sink, progress).answer("convert", options))
    columns = [(column["name"], column["type"]) for column in summary["columns"]]
    index = [(row, byte) for row, byte in summary["index"]]
    return summary["rows"], summary["bytes"], columns, summary["columnsOmitted"], index


def inspect(source: Any) -> str:
    """Describes `source` as JSON."""
    return _Call(source).answer("inspect")


def sample(source: Any, rows: int, bytes: int, **options: Any) -> list[str]:
    """The first rows, each as JSON: at most `rows`, until they have `bytes` bytes."""
    return json.loads(_Call(source).answer("sample", options, rows=rows, bytes=bytes))["rows"]


def table(
    source: Any, *, first_row: int, rows: int, first_column: int, columns: int, text: int, **options: Any
) -> list[list[str]]:
    """The cells of a part of the table as JSON, row by row, each cut to `text` characters."""
    bounds = {
        "firstRow": first_row,
        "rows": rows,
        "firstColumn": first_column,
        "columns": columns,
        "text": text,
    }
    return json.loads(_Call(source).answer("table", options, **bounds))["table"]


def predict(source: Any, **options: Any) -> tuple[int, int]:
    """The number of rows and the predicted bytes of uncompressed output."""
    predicted = json.loads(_Call(source).answer("predict", options))
    return predicted["rows"], predicted["bytes"]


def __getattr__(name: str) -> Any:
    """Loads `CHOICES` on demand, because that loads the module."""
    if name != "CHOICES":
        raise AttributeError(name)
    choices = json.loads(_Call(_NoSource()).answer("choices"))
    return [(option, names) for option, names in choices]


class _NoSource:
    size = 0


class _LocalFile:
    """A local file, read directly into the memory of the module."""

    def __init__(self, path: str) -> None:
        try:
            self._file = open(path, "rb", buffering=0)  # noqa: PTH123, SIM115
            status = os.fstat(self._file.fileno())
        except FileNotFoundError as error:
            raise ConversionError("input_missing", f"{path}: no such file") from error
        except OSError as error:
            reason = f"{error.strerror} (os error {error.errno})"
            raise ConversionError(
                "input_missing",
                f"{path}: {'not a regular file' if isinstance(error, IsADirectoryError) else reason}",
            ) from error
        if not stat.S_ISREG(status.st_mode):
            self._file.close()
            raise ConversionError("input_missing", f"{path}: not a regular file")
        self.size = status.st_size

    def read_into(self, buffer: memoryview, offset: int) -> None:
        failed = f"reading {len(buffer)} bytes at byte {offset} failed"
        while buffer:
            try:
                count = os.preadv(self._file.fileno(), [buffer], offset)
            except OSError as error:
                raise ConversionError("internal", f"{failed}: {error}") from error
            if count == 0:
                raise ConversionError("internal", f"{failed}: the file is shorter now")
            buffer, offset = buffer[count:], offset + count

    def close(self) -> None:
        self._file.close()


class _Blocks:
    """A remote object, read in cached blocks, because the module reads small pages of several columns in turn."""

    SIZE = 1 << 20
    MAX_KEPT = 128

    def __init__(self, source: Any) -> None:
        self._source = source
        self._block = lru_cache(self.MAX_KEPT)(self._fetch)
        self.size = source.size

    def read_into(self, buffer: memoryview, offset: int) -> None:
        while buffer:
            index, skipped = divmod(offset, self.SIZE)
            part = self._block(index)[skipped : skipped + len(buffer)]
            buffer[: len(part)] = part
            buffer, offset = buffer[len(part) :], offset + len(part)

    def _fetch(self, index: int) -> bytes:
        offset = index * self.SIZE
        length = min(self.SIZE, self.size - offset)
        data = self._source.read(offset, length)
        if len(data) != length:
            message = f"asked for {length} bytes at byte {offset}, got {len(data)}"
            raise ConversionError("internal", message)
        return data

    def interrupt(self) -> None:
        self._source.interrupt()

    def close(self) -> None:
        pass


class _Stopped(Exception):
    """The caller has stopped the call."""


class _Call:
    """
    One request to a new instance of the module.

    It runs in a thread, so that the calling thread can handle signals: exceptions raised inside foreign code could get lost.
    """

    def __init__(
        self, source: Any, sink: Any = None, progress: Callable[[int, int, int], None] | None = None
    ) -> None:
        is_path = isinstance(source, (str, os.PathLike))
        self._source = _LocalFile(os.fspath(source)) if is_path else _Blocks(source)
        self._sink = sink
        self._progress = progress
        self._latest: tuple[int, int, int] | None = None
        self._stopped = False
        self._response: str | None = None
        self._error: BaseException | None = None

    def answer(self, operation: str, options: dict[str, Any] | None = None, **request: Any) -> str:
        """The JSON of the module's response. Raises ConversionError, and exceptions of source and sink."""
        request.update(operation=operation, size=self._source.size, options=_options(options or {}))
        thread = threading.Thread(target=self._run, args=(json.dumps(request).encode(),), name="unparquet")
        thread.start()
        try:
            self._wait(thread)
        except BaseException:
            self._stop()
            thread.join()
            raise
        finally:
            self._source.close()
        if self._error is not None:
            raise self._error
        if not self._response:
            raise ConversionError("out_of_memory", "not enough memory to convert the file")
        prefix = '{"ok":'
        if self._response.startswith(prefix):
            return self._response[len(prefix) : -1]
        error = json.loads(self._response)["error"]
        raise ConversionError(error["code"], error["message"])

    def _wait(self, thread: threading.Thread) -> None:
        """Reports progress a few times a second until the thread ends."""
        reported, due = None, time.monotonic()
        while True:
            thread.join(_POLL_INTERVAL)
            over = not thread.is_alive()
            if self._progress and self._latest != reported and (over or time.monotonic() >= due):
                reported, due = self._latest, time.monotonic() + _PROGRESS_INTERVAL
                self._progress(*reported)
            if over:
                return

    def _stop(self) -> None:
        """Ends a blocked read or write, and fails later ones."""
        self._stopped = True
        for end in (self._source, self._sink):
            with suppress(Exception):
                end.interrupt()

    def _run(self, request: bytes) -> None:
        try:
            engine, module = _module()
            store = wasmtime.Store(engine)
            try:
                self._call(engine, module, store, request)
            finally:
                store.close()
        except BaseException as error:
            self._error = self._error or error

    def _call(
        self, engine: wasmtime.Engine, module: wasmtime.Module, store: wasmtime.Store, request: bytes
    ) -> None:
        linker = wasmtime.Linker(engine)
        i32, i64 = wasmtime.ValType.i32(), wasmtime.ValType.i64()
        for name, parameters, function in (
            ("read", [i64, i32, i32], self._on_read),
            ("write", [i32, i32], self._on_write),
            ("progress", [i64, i64, i64], self._on_progress),
        ):
            linker.define_func("host", name, wasmtime.FuncType(parameters, [i32]), self._guarded(function))
        exports = linker.instantiate(store, module).exports(store)
        self._memory = lambda pointer, length: _view(exports["memory"], store, pointer, length)

        # A panic leaves its message as the response, or none if there is no memory.
        with suppress(wasmtime.Trap):
            pointer = exports["allocate"](store, len(request))
            self._memory(pointer, len(request))[:] = request
            exports["call"](store, pointer, len(request))
        response = exports["response"](store)
        text = self._memory(response >> 32, response & 0xFFFFFFFF)
        self._response = bytes(text).decode()

    def _guarded(self, function: Callable[..., None]) -> Callable[..., int]:
        """Wraps a host function: an exception is kept for the caller and becomes 1, which ends the call."""

        def guarded(*arguments: int) -> int:
            try:
                if self._stopped:
                    raise _Stopped
                function(*arguments)
            except BaseException as error:
                self._error = error
                return 1
            return 0

        return guarded

    def _on_read(self, offset: int, pointer: int, length: int) -> None:
        self._source.read_into(self._memory(pointer, length), offset)

    def _on_write(self, pointer: int, length: int) -> None:
        data = self._memory(pointer, length)
        if not isinstance(self._sink, int):
            self._sink.write(bytes(data))
            return
        while data:
            try:
                data = data[os.write(self._sink, data) :]
            except OSError as error:
                raise ConversionError("internal", f"writing the output failed: {error}") from error

    def _on_progress(self, rows: int, total_rows: int, written: int) -> None:
        self._latest = (rows, total_rows, written)


def _options(options: dict[str, Any]) -> dict[str, Any]:
    """Options with the names of the HTTP API. The module has one thread, and plans its memory itself."""
    own = ("threads", "memory")
    given = {name: value for name, value in options.items() if value is not None and name not in own}
    return {_camel_case(name): value for name, value in given.items()}


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


def _view(memory: wasmtime.Memory, store: wasmtime.Store, pointer: int, length: int) -> memoryview:
    """Bytes of the module's memory, valid until the module continues. Its numbers are signed."""
    start = ctypes.addressof(memory.data_ptr(store).contents) + (pointer & 0xFFFFFFFF)
    return memoryview((ctypes.c_ubyte * (length & 0xFFFFFFFF)).from_address(start)).cast("B")


_loading = threading.Lock()


def _module() -> tuple[wasmtime.Engine, wasmtime.Module]:
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> tuple[wasmtime.Engine, wasmtime.Module]:
    """The compiled module, cached beside Python's bytecode because compiling takes seconds."""
    engine = wasmtime.Engine()
    wasm = _MODULE.read_bytes()
    cache = _MODULE.parent / "__pycache__" / f"{_MODULE.stem}.{hashlib.sha256(wasm).hexdigest()[:16]}"
    # Fails for a cache of another version of wasmtime.
    with suppress(OSError, wasmtime.WasmtimeError):
        return engine, wasmtime.Module.deserialize_file(engine, str(cache))
    module = wasmtime.Module(engine, wasm)
    with suppress(OSError):
        cache.parent.mkdir(exist_ok=True)
        temporary = cache.with_name(f"{cache.name}.{os.getpid()}")
        temporary.write_bytes(module.serialize())
        temporary.replace(cache)
    return engine, module
