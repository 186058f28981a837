"""Reading and writing S3 objects. Imported only where a URI is s3://, as boto3's start takes its time."""

from __future__ import annotations

import re
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import Any

from .errors import ConversionError
from .headers import content_disposition, content_type

try:
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError
except ImportError as error:
    raise ConversionError("internal", "s3:// needs boto3: pip install 'unparquet[s3]'") from error

# S3's limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
MIN_PART = 8 << 20
MAX_OBJECT = 5 << 40
# Part n has MIN_PART + n * PART_GROWTH bytes, so that 10,000 of them make 5 TiB while small outputs stay
# in small parts.
PART_GROWTH = 112 << 10
UPLOADS = 4
READ_ATTEMPTS = 4
MAX_WAITING = 64 << 20


@lru_cache(maxsize=1)
def client() -> Any:
    """The S3 client, configured by the SDK's own variables. Its threads may share it."""
    config = Config(retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=32)
    return botocore.session.get_session().create_client("s3", config=config)


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`."""
    match = re.fullmatch(r"s3://([^/]+)/(.+)", uri, re.DOTALL)
    if match is None:
        raise ConversionError("invalid_request", f"{uri} is no s3://bucket/key")
    return match[1], match[2]


class S3Source:
    """An object read by ranges, all of one version of it."""

    TAIL = 64 << 10

    def __init__(self, uri: str) -> None:
        self._uri = uri
        bucket, key = split_uri(uri)
        self._object = {"Bucket": bucket, "Key": key}
        self.size = 0
        self._tail = b""
        # The end comes with the size: for a small file one request brings everything.
        try:
            answer, self._tail = self._get(f"bytes=-{self.TAIL}")
        except ClientError as error:
            if _status(error) == 416:  # an empty object has no range
                return
            # Without the permission to list, S3 answers 403 for what does not exist.
            if _status(error) in (403, 404):
                raise ConversionError("input_missing", f"{uri} is not there or may not be read") from error
            raise _failed("reading", uri, error) from error
        self._object["IfMatch"] = answer["ETag"]
        total = answer.get("ContentRange", "").rpartition("/")[2]
        self.size = int(total) if total.isdigit() else len(self._tail)

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset` on."""
        from_tail = offset - (self.size - len(self._tail))
        if from_tail >= 0:
            return self._tail[from_tail : from_tail + length]
        try:
            return self._get(f"bytes={offset}-{offset + length - 1}")[1]
        except ClientError as error:
            if _status(error) == 412:
                raise ConversionError("input_missing", f"{self._uri} changed while it was read") from error
            raise _failed("reading", self._uri, error) from error

    def _get(self, byte_range: str) -> tuple[dict[str, Any], bytes]:
        for attempt in range(READ_ATTEMPTS):
            time.sleep(attempt * 0.5)
            try:
                answer = client().get_object(**self._object, Range=byte_range)
                return answer, answer["Body"].read()
            # botocore repeats a request that fails, but not one whose answer breaks off.
            except (BotoCoreError, HTTPError) as error:
                failure = error
        raise _failed("reading", self._uri, failure) from failure


class S3Output:
    """An object that exists only when it is complete: one PutObject, or a multipart upload."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        bucket, key = split_uri(uri)
        self._object = {"Bucket": bucket, "Key": key}
        name = key.rpartition("/")[2]
        self._headers = {"ContentType": content_type(name), "ContentDisposition": content_disposition(name)}
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[Future[dict[str, Any]]] = []
        self._written = 0
        self._pool = ThreadPoolExecutor(UPLOADS, thread_name_prefix="upload")
        self.sink = self

    def write(self, data: bytes) -> None:
        self._written += len(data)
        if self._written > MAX_OBJECT:
            raise ConversionError("limit_exceeded", "the output is over 5 TiB, the most an S3 object holds")
        self._buffer += data
        size = MIN_PART + len(self._parts) * PART_GROWTH
        while len(self._buffer) >= size:
            self._send(bytes(memoryview(self._buffer)[:size]))
            del self._buffer[:size]
            size = MIN_PART + len(self._parts) * PART_GROWTH

    def complete(self) -> None:
        try:
            if self._upload_id is None:
                client().put_object(**self._object, **self._headers, Body=bytes(self._buffer))
            else:
                if self._buffer:
                    self._send(bytes(self._buffer))
                parts = [part.result() for part in self._parts]
                client().complete_multipart_upload(
                    **self._object, UploadId=self._upload_id, MultipartUpload={"Parts": parts}
                )
        except (ClientError, BotoCoreError) as error:
            raise _failed("writing", self._uri, error) from error
        self._pool.shutdown()

    def abort(self) -> None:
        """Leaves nothing behind; parts that are still on their way are waited for."""
        for part in self._parts:
            part.cancel()
        self._pool.shutdown()
        if self._upload_id is not None:
            # The bucket's lifecycle rule ends what cannot be ended here.
            with suppress(ClientError, BotoCoreError):
                client().abort_multipart_upload(**self._object, UploadId=self._upload_id)

    def _send(self, data: bytes) -> None:
        try:
            if self._upload_id is None:
                answer = client().create_multipart_upload(**self._object, **self._headers)
                self._upload_id = answer["UploadId"]
            self._wait(max(1, min(UPLOADS, MAX_WAITING // len(data))))
        except (ClientError, BotoCoreError) as error:
            raise _failed("writing", self._uri, error) from error
        self._parts.append(self._pool.submit(self._upload, len(self._parts) + 1, data))

    def _wait(self, window: int) -> None:
        """Waits until fewer than `window` parts are on their way, which bounds the memory they take."""
        recent = self._parts[-UPLOADS:]
        for part in recent:
            if part.done():
                part.result()
        underway = [part for part in recent if not part.done()]
        for part in underway[: max(0, len(underway) - window + 1)]:
            part.result()

    def _upload(self, number: int, data: bytes) -> dict[str, Any]:
        answer = client().upload_part(**self._object, UploadId=self._upload_id, PartNumber=number, Body=data)
        return {"PartNumber": number, "ETag": answer["ETag"]}


def put(uri: str, data: bytes) -> None:
    """Writes a small object that is to be read as it is now, not as a cache remembers it."""
    bucket, key = split_uri(uri)
    client().put_object(
        Bucket=bucket, Key=key, Body=data, ContentType=content_type(key), CacheControl="no-store"
    )


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _failed(what: str, uri: str, error: Exception) -> ConversionError:
    return ConversionError("internal", f"{what} {uri} failed: {error}")
