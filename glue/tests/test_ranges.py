"""Plans of conversions on several machines, and the parts that they upload to a real S3 server."""

from __future__ import annotations

import copy
import heapq
import random
import threading
from collections.abc import Iterator
from typing import Any

import generate
import pyarrow as pa
import pytest
from s3_proxy import Proxy
from s3_server import Bucket
from thrift_edit import I64, LIST, STRUCT, join, split
from unparquet import _engine, ranges, s3
from unparquet.errors import ConversionError
from unparquet.ranges import MIN_PART, Converted, PartNumbers, Range, RangeOutput
from unparquet.s3 import MultipartUpload

MIB = 1 << 20
GIB = 1 << 30
# On WebAssembly the engine converts only whole files.
needs_ranges = pytest.mark.skipif(not hasattr(_engine, "ranges"), reason="no ranges on WebAssembly")


class _LargeFile:
    """A file with this footer, of which nothing else is read."""

    def __init__(self, size: int, footer: bytes) -> None:
        self.size = size + len(footer)
        self._footer = footer

    def read(self, offset: int, length: int) -> bytes:
        if offset == 0:
            return b"PAR1"[:length]
        start = offset - (self.size - len(self._footer))
        assert start > -ranges.MIN_RANGE, "reads only the end"
        return bytes(max(0, -start)) + self._footer[max(0, start) : start + length]


def _large_file(path: Any, sizes: list[int], rows: int) -> _LargeFile:
    """A file whose row groups have these sizes, and `rows` rows in all."""
    table = pa.table({"id": range(1000), "fare": [float(row) for row in range(1000)], "text": ["x"] * 1000})
    generate.write(path, table)
    _, metadata = split(path.read_bytes())
    model = metadata[4][1][1][0]
    groups, offset = [], 4
    for size in sizes:
        group = copy.deepcopy(model)
        count = rows * size // sum(sizes)
        columns = group[1][1][1]
        for column in columns:
            chunk = column[3][1]
            length = size // len(columns)
            shift = offset - min(chunk[field][1] for field in (9, 11) if field in chunk)
            for field in (9, 11):
                if field in chunk:
                    chunk[field] = (I64, chunk[field][1] + shift)
            chunk[5], chunk[6], chunk[7] = (I64, count), (I64, length), (I64, length)
            offset += length
        group[3] = (I64, count)
        groups.append(group)
    metadata[3] = (I64, sum(group[3][1] for group in groups))
    metadata[4] = (LIST, (STRUCT, groups))
    return _LargeFile(offset, join(b"", metadata))


def _waves(sizes: list[int], cores: int) -> float:
    """The time until all ranges are converted, as a multiple of the time if all cores were busy to the end."""
    busy = [0] * cores
    for size in sizes:
        heapq.heapreplace(busy, busy[0] + size)
    return max(busy) * cores / sum(sizes)


@needs_ranges
@pytest.mark.parametrize(
    "groups",
    [
        pytest.param([128 * MIB] * 800, id="row groups of 128 MiB"),
        pytest.param([random.Random(n).randrange(1, 2 * GIB) for n in range(100)], id="uneven row groups"),
        pytest.param([random.Random(n).randrange(MIB, 20 * MIB) for n in range(9000)], id="small row groups"),
        pytest.param([100 * GIB], id="one row group"),
    ],
)
def test_a_plan_for_a_terabyte_is_balanced_and_within_the_limits_of_s3(
    tmp_path: Any, groups: list[int]
) -> None:
    predicted, rows, cores = 10**12, 2_200_000_000, 400
    file = _large_file(tmp_path / "model.parquet", groups, rows)
    planned = ranges.plan(file, predicted, cores, {})
    assert [range_.first_row for range_ in planned] == [
        sum(range_.rows for range_ in planned[:index]) for index in range(len(planned))
    ]
    assert sum(range_.rows for range_ in planned) == sum(rows * size // sum(groups) for size in groups)
    sizes = [predicted * range_.rows // rows for range_ in planned]
    assert 2.5 * cores < len(planned) <= ranges.MAX_RANGES
    assert max(sizes) < 2.5 * predicted / len(planned)
    assert _waves(sizes, cores) < 1.25
    for index, (range_, size) in enumerate(zip(planned, sizes)):
        numbers = range_.numbers
        assert numbers.first == 1 + index * numbers.count
        assert numbers.first + numbers.count - 1 <= 10_000
        parts = [numbers.part_size(part) for part in range(numbers.count)]
        assert min(parts) >= MIN_PART
        assert max(parts) + MIN_PART <= 5 * GIB
        assert sum(parts) > 6 * size
    assert [range_.is_last for range_ in planned] == [False] * (len(planned) - 1) + [True]


@needs_ranges
def test_the_largest_object_of_s3_has_room_for_its_prediction(tmp_path: Any) -> None:
    file = _large_file(tmp_path / "model.parquet", [GIB] * 4000, 10**11)
    planned = ranges.plan(file, ranges.MAX_OBJECT, 400, {})
    room = sum(range_.numbers.part_size(part) for range_ in planned for part in range(range_.numbers.count))
    assert room > 0.99 * ranges.MAX_OBJECT
    with pytest.raises(ConversionError, match="limit_exceeded: the output would have about"):
        ranges.plan(file, ranges.MAX_OBJECT + 1, 400, {})
    assert ranges.plan(file, ranges.MAX_OBJECT + 1, 400, {"compression": "zstd"})


def _output(size: int) -> Converted:
    return Converted(10, size, [(1, size)] if size >= MIN_PART else [], [], 0, b"")


def _joined(sizes: list[int]) -> list[tuple[int, int, bool]]:
    """First row, rows and whether it is the last, of the ranges that are joined from ranges of ten rows."""
    planned = [
        Range(10 * index, 10, PartNumbers(1 + 4 * index, 4, MIB), index + 1 == len(sizes))
        for index in range(len(sizes))
    ]
    joined = ranges.large_enough(planned, [_output(size * MIB) for size in sizes])
    assert all(range_.numbers == planned[range_.first_row // 10].numbers for range_ in joined)
    return [(range_.first_row, range_.rows, range_.is_last) for range_ in joined]


def test_ranges_too_small_for_a_part_join_those_after_them() -> None:
    assert _joined([9, 5, 8]) == [(0, 10, False), (10, 10, False), (20, 10, True)]
    assert _joined([9, 1]) == [(0, 10, False), (10, 10, True)]
    assert _joined([1, 9, 9]) == [(0, 20, False), (20, 10, True)]
    assert _joined([9, 1, 2, 3, 9]) == [(0, 10, False), (10, 30, False), (40, 10, True)]
    assert _joined([9, 1, 2]) == [(0, 10, False), (10, 20, True)]
    assert _joined([1, 1]) == [(0, 20, True)]
    assert _joined([0]) == [(0, 10, True)]


def _upload(bucket: Bucket) -> MultipartUpload:
    return MultipartUpload.create(bucket.uri("out"))


def _write(upload: MultipartUpload, data: bytes, piece: int, is_last: bool = False) -> list[tuple[int, int]]:
    with RangeOutput(upload, Range(0, 1, PartNumbers(5, 8, 6 * MIB), is_last)) as output:
        for start in range(0, len(data), piece):
            output.write(data[start : start + piece])
        return output.finish()


# Around one part of 6 MiB and a second one that is large enough for itself; parts double after two.
@pytest.mark.parametrize(
    ("size", "is_last", "parts"),
    [
        (5 * MIB - 1, False, []),
        (5 * MIB - 1, True, [5 * MIB - 1]),
        (5 * MIB, False, [5 * MIB]),
        (11 * MIB - 1, False, [11 * MIB - 1]),
        (11 * MIB, False, [6 * MIB, 5 * MIB]),
        (28 * MIB, True, [6 * MIB, 6 * MIB, 16 * MIB]),
        (0, True, []),
    ],
)
def test_parts_are_cut_after_the_same_bytes_and_are_never_too_small(
    bucket: Bucket, size: int, is_last: bool, parts: list[int]
) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    upload = _upload(bucket)
    for piece in (100_000, 7 * MIB):
        assert _write(upload, data[:size], piece, is_last) == list(enumerate(parts, 5))
    if parts:
        upload.complete_sizes(list(enumerate(parts, 5)))
        assert bucket.get("out") == data[:size]
        assert bucket.uploads() == []


def test_parts_of_other_tasks_are_left_out_and_missing_ones_are_an_error(bucket: Bucket) -> None:
    upload = _upload(bucket)
    upload.put(1, b"a" * MIN_PART)
    upload.put(2, b"forgotten")
    upload.put(3, b"c")
    for wrong in ([(1, MIN_PART), (4, 1)], [(1, MIN_PART - 1), (3, 1)]):
        with pytest.raises(ConversionError, match=r"internal: part . of .* was not uploaded completely"):
            upload.complete_sizes(wrong)
    upload.complete_sizes([(1, MIN_PART), (3, 1)])
    assert bucket.get("out") == b"a" * MIN_PART + b"c"


def test_an_output_far_larger_than_predicted_is_refused(bucket: Bucket) -> None:
    numbers = PartNumbers(1, 2, MIB)
    refused = pytest.raises(ConversionError, match="limit_exceeded: the output is so much larger")
    with RangeOutput(_upload(bucket), Range(0, 1, numbers, True)) as output, refused:
        output.write(bytes(sum(numbers.part_size(part) for part in range(2)) + 1))


@pytest.fixture
def held(bucket: Bucket, between: Proxy) -> Iterator[threading.Event]:
    """An event until which uploads of parts wait in the proxy."""
    event = threading.Event()

    def hold(path: str) -> None:
        event.wait(60)

    between.put_fault = hold
    # Earlier tests have made a client without the proxy.
    s3.client.cache_clear()
    yield event
    s3.client.cache_clear()


def test_an_interrupted_output_ends_soon(bucket: Bucket, held: threading.Event) -> None:
    numbers = PartNumbers(1, 1000, MIN_PART)
    with RangeOutput(_upload(bucket), Range(0, 1, numbers, True)) as output:
        threading.Timer(0.5, output.interrupt).start()
        with pytest.raises(ConversionError, match="internal: the upload was interrupted"):
            output.write(bytes(12 * MIN_PART))
        held.set()
