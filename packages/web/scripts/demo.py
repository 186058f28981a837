"""Writes files of a plausible working day into a folder, for the documentation's pictures: `demo.py FOLDER`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(sys.argv[1])
RANDOM = np.random.default_rng(20260703)
START = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1_000_000)


def times(rows: int) -> pa.Array:
    month = 30 * 24 * 3600 * 1_000_000
    return pa.array(np.sort(RANDOM.integers(START, START + month, rows)), pa.timestamp("us", tz="UTC"))


def cents(rows: int, up_to: int) -> pa.Array:
    return pa.array(RANDOM.integers(250, up_to, rows) / 100).cast(pa.decimal128(14, 2))


def words(rows: int, *choices: str) -> pa.Array:
    return pa.array(RANDOM.choice(choices, rows))


def trips(rows: int) -> pa.Table:
    where = pa.StructArray.from_arrays(
        [
            pa.array(40.7 + RANDOM.normal(0, 0.05, rows).round(5)),
            pa.array(-73.9 + RANDOM.normal(0, 0.05, rows).round(5)),
        ],
        ["lat", "lon"],
    )
    return pa.table(
        {
            "trip_id": pa.array(range(1, rows + 1), pa.int64()),
            "vendor": words(rows, "Creative Mobile", "Curb", "Helix"),
            "pickup_at": times(rows),
            "passengers": pa.array(RANDOM.integers(1, 6, rows), pa.int8()),
            "distance_km": pa.array(RANDOM.gamma(2, 2.4, rows).round(2)),
            "pickup": where,
            "fare": cents(rows, 9_000),
            "tip": cents(rows, 2_000),
            "shared": pa.array(RANDOM.random(rows) < 0.2),
            "zones": pa.array(
                [["JFK", "Queens"], ["Harlem"], ["SoHo", "Tribeca", "Chelsea"]] * (rows // 3 + 1)
            ).slice(0, rows),
        }
    )


def write(name: str, table: pa.Table, **options: object) -> Path:
    path = FOLDER / name
    pq.write_table(table, path, **options)
    return path


def customers(rows: int) -> pa.Table:
    return pa.table(
        {
            "id": pa.array(range(rows)),
            "country": words(rows, "DE", "FR", "NL", "PL", "DK"),
            "plan": words(rows, "free", "team", "business"),
            "since": times(rows),
        }
    )


def sensors(rows: int) -> pa.Table:
    return pa.table({"at": times(rows), "temperature": pa.array(RANDOM.normal(21, 3, rows))})


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def write_long(name: str, rows: int, groups: int) -> None:
    """Few bytes that take long: constant columns in one page for each row group."""
    indices = pa.array(np.zeros(rows, np.int32))
    page = pa.DictionaryArray.from_arrays(
        indices, pa.array(["https://shop.example/cart?utm_source=newsletter&lang=en"])
    )
    table = pa.table({"url": page, "referrer": page, "landing": page})
    options = {
        "compression": "zstd",
        "store_schema": False,
        "write_statistics": False,
        "max_rows_per_page": rows,
    }
    with pq.ParquetWriter(FOLDER / name, table.schema, **options) as writer:
        for _ in range(groups):
            writer.write_table(table, row_group_size=rows)


write("yellow_tripdata_2026-06.parquet", trips(400_000))
write("customers.parquet", customers(52_310))
write("invoices_2026-q2.parquet", trips(61_204).select(["trip_id", "pickup_at", "vendor", "fare"]))
damage(write("sensor_readings.parquet", sensors(80_000), write_page_checksum=True, use_dictionary=False))
write_long("clickstream_2026-07-02.parquet", 1_000_000, 16)
write_long("clickstream_2026-07-03.parquet", 1_000_000, 40)
