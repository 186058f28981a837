"""Reads and writes S3 objects. Imported only for s3:// URIs, because boto3 is slow to import."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import lru_cache
from typing import IO, Any, NamedTuple

from .errors import ConversionError
from .headers import content_disposition, content_type

try:
    import botocore.configprovider
    import botocore.handlers
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError
except ImportError as error:
    raise ConversionError("internal", "s3:// needs boto3: pip install 'unparquet[s3]'") from error

# S3 takes up to 10,000 parts of 5 MiB to 5 GiB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
MAX_PARTS = 10_000
# Parts start near the minimum, to start uploading early, and double every 1,000 parts up to 42 MiB: memory holds two
# of these, one being filled and one in flight. In total (5.25 + 10.5 + 21 + 7 x 42) MiB x 1,000 = 323 GiB.
MIN_PART = 21 << 18
MAX_PART = MIN_PART << 3
PARTS_PER_SIZE = 1000
# Parts in flight: one connection transfers about 80 MB/s.
UPLOADS = 8
MAX_IN_FLIGHT = 44 << 20
# Bytes of memory that the SDK takes.
SDK = 30 << 20
READ_ATTEMPTS = 4
CREATE_ATTEMPTS = 5

# SDKs before 1.36 (2025) compute the MD5 of each part and have no setting to disable it: converting to 181 MB of JSON on two
# cores takes 2.1 s instead of 1.7 s. Newer ones have a setting.
MD5_HANDLER = "conditionally_calculate_md5"
CHECKSUMS = "AWS_REQUEST_CHECKSUM_CALCULATION"

# From glibc's malloc.h. By default, each of a dozen threads retains freed memory: 70 MB of 260 in total.
M_ARENA_MAX = -8
with suppress(AttributeError, OSError):
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


@lru_cache(maxsize=1)
def client() -> Any:
    """The S3 client, shared by all threads and configured by the SDK's environment variables."""
    # Only a default: buckets with object lock, for example, need checksums.
    os.environ.setdefault(CHECKSUMS, "when_required")
    config = Config(
        retries={"mode": "standard", "max_attempts": 5},
        max_pool_connections=32,
        s3={"payload_signing_enabled": False},
    )
    endpoint = None
    # SDKs before 1.31 of 2023 do not read these variables.
    if not hasattr(botocore.configprovider, "ConfiguredEndpointProvider"):
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    s3 = botocore.session.get_session().create_client("s3", config=config, endpoint_url=endpoint)
    if handler := getattr(botocore.handlers, MD5_HANDLER, None):
        for operation in ("PutObject", "UploadPart"):
            s3.meta.events.unregister(f"before-call.s3.{operation}", handler)
    return s3


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`."""
    match = re.fullmatch(r"s3://([^/]+)/(.+)", uri, re.DOTALL)
    if match is None:
        raise ConversionError("invalid_request", f"{uri} is not an s3://bucket/key URI")
    return match[1], match[2]


class S3Source:
    """One version of an object, read in ranges."""

    TAIL = 64 << 10

    def __init__(self, uri: str, etag: str | None = None) -> None:
        self._uri = uri
        bucket, key = split_uri(uri)
        self._object = {"Bucket": bucket, "Key": key}
        if etag is not None:
            self._object["IfMatch"] = etag
        self._interrupted = threading.Event()
        self._bodies: set[Any] = set()
        self.size = 0
        # The version that is read; empty for an empty object.
        self.etag = ""
        self._tail = b""
        # Reads the size and the tail, which for a small file is the whole file, in one request.
        try:
            response, self._tail = self._get(f"bytes=-{self.TAIL}")
        except ClientError as error:
            if _status(error) == 416:  # an empty object has no range
                return
            if _status(error) == 412:
                message = "The file was replaced after it was checked. Upload it again."
                raise ConversionError("input_missing", message) from error
            # Without s3:ListBucket, S3 responds 403 for missing objects.
            if _status(error) in (403, 404):
                raise ConversionError("input_missing", f"{uri} does not exist or access is denied") from error
            raise _failed("reading", uri, error) from error
        self.etag = self._object["IfMatch"] = response["ETag"]
        total = response.get("ContentRange", "").rpartition("/")[2]
        self.size = int(total) if total.isdigit() else len(self._tail)

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset`. Several threads may read at once."""
        from_tail = offset - (self.size - len(self._tail))
        if from_tail >= 0:
            return self._tail[from_tail : from_tail + length]
        try:
            return self._get(f"bytes={offset}-{offset + length - 1}")[1]
        except ClientError as error:
            if _status(error) in (404, 412):
                raise ConversionError("input_missing", f"{self._uri} changed while it was read") from error
            raise _failed("reading", self._uri, error) from error

    def interrupt(self) -> None:
        """Makes the reads of other threads fail soon."""
        self._interrupted.set()
        for body in tuple(self._bodies):
            # No SDK can end a read from another thread, so this shuts down the socket, below TLS. On a stalled connection, a
            # stopped run then ends after 0.1 s instead of the SDK's timeout of 60 s, after which Glue has killed it.
            with suppress(Exception):
                socket.socket.shutdown(body._raw_stream.connection.sock, socket.SHUT_RDWR)

    def _get(self, byte_range: str) -> tuple[dict[str, Any], bytes]:
        failure: Exception | None = None
        for attempt in range(READ_ATTEMPTS):
            body = None
            try:
                if self._interrupted.wait(attempt * 0.5):
                    break
                response = client().get_object(**self._object, Range=byte_range)
                body = response["Body"]
                self._bodies.add(body)
                # Either this sees the interruption, or interrupt() sees the body.
                if self._interrupted.is_set():
                    break
                return response, body.read()
            # botocore retries failed requests, but not responses that break off.
            except (BotoCoreError, HTTPError) as error:
                failure = error
            finally:
                self._bodies.discard(body)
        raise _failed("reading", self._uri, failure) from failure


class MultipartUpload(NamedTuple):
    """An upload that several machines can share. Its methods raise ConversionError."""

    uri: str
    upload_id: str

    @classmethod
    def create(cls, uri: str) -> MultipartUpload:
        try:
            response = client().create_multipart_upload(**_object(uri), **_headers(uri))
        except (ClientError, BotoCoreError) as error:
            raise _failed("writing", uri, error) from error
        return cls(uri, response["UploadId"])

    def put(self, number: int, body: bytearray | IO[bytes]) -> dict[str, Any]:
        """Uploads a part, or replaces it. Returns the part for `complete`."""
        try:
            response = client().upload_part(**self._parameters(), PartNumber=number, Body=body)
        except (ClientError, BotoCoreError) as error:
            raise _failed("writing", self.uri, error) from error
        return {"PartNumber": number, "ETag": response["ETag"]}

    def complete_sizes(self, sizes: list[tuple[int, int]]) -> None:
        """Completes the upload with parts of these numbers and sizes, leaving out all others."""
        parts = self._uploaded()
        for number, size in sizes:
            if number not in parts or parts[number]["Size"] != size:
                raise ConversionError("internal", f"part {number} of {self.uri} was not uploaded completely")
        self.complete([parts[number] for number, _ in sizes])

    def complete(self, parts: list[dict[str, Any]]) -> None:
        named = [{name: part[name] for name in ("PartNumber", "ETag")} for part in parts]
        try:
            client().complete_multipart_upload(**self._parameters(), MultipartUpload={"Parts": named})
        except (ClientError, BotoCoreError) as error:
            raise _failed("writing", self.uri, error) from error

    def abort(self) -> None:
        # If this fails, the end of the attempt or the bucket's lifecycle rule removes the upload.
        with suppress(ClientError, BotoCoreError):
            client().abort_multipart_upload(**self._parameters())

    def _uploaded(self) -> dict[int, dict[str, Any]]:
        try:
            pages = client().get_paginator("list_parts").paginate(**self._parameters())
            return {part["PartNumber"]: part for page in pages for part in page.get("Parts", [])}
        except (ClientError, BotoCoreError) as error:
            raise _failed("writing", self.uri, error) from error

    def _parameters(self) -> dict[str, str]:
        return {**_object(self.uri), "UploadId": self.upload_id}


def _object(uri: str) -> dict[str, str]:
    bucket, key = split_uri(uri)
    return {"Bucket": bucket, "Key": key}


def _headers(uri: str) -> dict[str, str]:
    name = uri.rpartition("/")[2]
    return {"ContentType": content_type(name), "ContentDisposition": content_disposition(name)}


class S3Output:
    """An object that exists only once it is complete: one PutObject, or a multipart upload."""

    # The part being filled, the parts in flight, and the SDK.
    memory = MIN_PART + MAX_IN_FLIGHT + SDK

    def __init__(self, uri: str) -> None:
        self._uri = uri
        split_uri(uri)
        self._interrupted = threading.Event()
        # Not a file object, for which the SDK asks S3 before it sends the body; not bytes, which it copies.
        self._part = bytearray()
        self._upload: Future[MultipartUpload] | None = None
        self._parts: list[Future[dict[str, Any]]] = []
        self._in_flight: set[Future[dict[str, Any]]] = set()
        self._written = 0
        self._pool = ThreadPoolExecutor(UPLOADS, thread_name_prefix="upload")
        self.sink = self

    def write(self, data: bytes) -> None:
        """Appends to the object. Blocks while the parts in flight take all the memory."""
        self._written += len(data)
        if self._written > MAX_OBJECT:
            message = f"the output would exceed {MAX_OBJECT} bytes, the most that can be written to S3"
            raise ConversionError("limit_exceeded", message)
        self._part += data
        if len(self._part) >= part_size(len(self._parts)):
            self._send()

    def interrupt(self) -> None:
        """Makes a blocked write and all later ones fail soon."""
        self._interrupted.set()

    def flush(self) -> None:
        """Waits until all parts of a multipart upload have arrived."""
        if self._upload is None:
            return
        if self._part:
            self._send()
        for part in self._parts:
            part.result()

    def complete(self) -> None:
        if self._upload is not None:
            self._upload.result().complete([part.result() for part in self._parts])
        else:
            try:
                client().put_object(**_object(self._uri), **_headers(self._uri), Body=self._part)
            except (ClientError, BotoCoreError) as error:
                raise _failed("writing", self._uri, error) from error
        self._pool.shutdown()

    def abort(self) -> None:
        """Aborts the upload after the parts in flight have arrived."""
        for part in self._parts:
            part.cancel()
        self._pool.shutdown()
        if self._upload is not None:
            with suppress(ConversionError):
                self._upload.result().abort()

    def _send(self) -> None:
        """Sends the part as soon as few enough others are in flight."""
        room = max(1, min(UPLOADS, MAX_IN_FLIGHT // len(self._part)))
        if self._upload is None:
            self._upload = self._pool.submit(MultipartUpload.create, self._uri)
        done = {part for part in self._in_flight if part.done()}
        while len(self._in_flight - done) >= room and not self._interrupted.is_set():
            done |= wait(self._in_flight - done, timeout=0.1, return_when=FIRST_COMPLETED).done
        for part in done:
            part.result()
        if self._interrupted.is_set():
            raise _failed("writing", self._uri, None)
        self._in_flight -= done
        part = self._pool.submit(self._put, len(self._parts) + 1, self._part)
        self._parts.append(part)
        self._in_flight.add(part)
        self._part = bytearray()

    def _put(self, number: int, part: bytearray) -> dict[str, Any]:
        # The pool's first task creates the upload, so waiting for it here cannot deadlock.
        return self._upload.result().put(number, part)


def part_size(index: int) -> int:
    """Bytes at which a part is sent."""
    return min(MIN_PART << (index // PARTS_PER_SIZE), MAX_PART)


MAX_OBJECT = sum(map(part_size, range(MAX_PARTS)))


def put(uri: str, data: bytes) -> None:
    """Writes a small object that caches must not keep."""
    bucket, key = split_uri(uri)
    client().put_object(
        Bucket=bucket, Key=key, Body=data, ContentType=content_type(key), CacheControl="no-store"
    )


def create(uri: str, data: bytes) -> bool:
    """Writes a small object unless its key exists. Returns False if it exists with other data."""
    try:
        _put_if_new(uri, data)
    except ClientError as error:
        if _status(error) == 412:
            # After a lost response the SDK repeats the write, and finds the object of the first attempt.
            return get_small(uri) == data
        raise _failed("writing", uri, error) from error
    except BotoCoreError as error:
        raise _failed("writing", uri, error) from error
    return True


def get_small(uri: str) -> bytes | None:
    """A small object, or None if it does not exist."""
    bucket, key = split_uri(uri)
    try:
        return client().get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if _status(error) in (403, 404):
            return None
        raise _failed("reading", uri, error) from error
    except (BotoCoreError, HTTPError) as error:
        raise _failed("reading", uri, error) from error


def _put_if_new(uri: str, data: bytes) -> None:
    # Glue's botocore is older than put_object's parameter IfNoneMatch, added in 1.35.2.
    event, events = "before-call.s3.PutObject", client().meta.events
    events.register(event, _add_if_none_match)
    try:
        for attempt in range(CREATE_ATTEMPTS):
            time.sleep(attempt * 0.2)
            try:
                return put(uri, data)
            except ClientError as error:
                # 409: another conditional write of the same key is in progress.
                if _status(error) != 409 or attempt + 1 == CREATE_ATTEMPTS:
                    raise
    finally:
        events.unregister(event, _add_if_none_match)


def _add_if_none_match(params: dict[str, Any], **_: Any) -> None:
    params["headers"]["If-None-Match"] = "*"


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _failed(what: str, uri: str, error: Exception | None) -> ConversionError:
    return ConversionError("internal", f"{what} {uri} failed: {error or 'interrupted'}")
