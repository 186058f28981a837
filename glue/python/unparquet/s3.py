"""Reading and writing S3 objects. Imported only where a URI is s3://, as boto3's start takes its time."""

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
from typing import Any

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
# Parts begin near the least S3 takes, so that the first is on its way early and little waits in memory, and
# double every 1,000 parts up to 42 MiB. Of those, one is filled while another is on its way: twice 42 MiB is what
# there is memory for. (5.25 + 10.5 + 21 + 7 x 42) MiB x 1,000 make 323 GiB, of the 48.8 TiB that S3 would take.
MIN_PART = 21 << 18
MAX_PART = MIN_PART << 3
PARTS_OF_A_SIZE = 1000
# Parts on their way at a time: one connection takes some 80 MB/s.
UPLOADS = 8
MAX_UNDERWAY = 44 << 20
# Bytes of memory of the SDK.
SDK = 30 << 20
READ_ATTEMPTS = 4
CREATE_ATTEMPTS = 5

# What the SDK does for each part, by its age: ask whether it may be sent, and a checksum over a connection that
# has its own. The first costs a round trip, the second more than making the JSON.
COSTLY_HANDLERS = {
    "before-call.s3": "add_expect_header",
    "before-call.s3.PutObject": "conditionally_calculate_md5",
    "before-call.s3.UploadPart": "conditionally_calculate_md5",
}
COSTLY_CHECKSUMS = "AWS_REQUEST_CHECKSUM_CALCULATION"


# Of glibc's malloc.h. By default it keeps what each of a dozen threads has freed for that thread: 70 MB of 260.
M_ARENA_MAX = -8
with suppress(AttributeError, OSError):
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


@lru_cache(maxsize=1)
def client() -> Any:
    """The S3 client, configured by the SDK's own variables. Its threads may share it."""
    # Who needs checksums, for a bucket that locks its objects, say, can still have them.
    os.environ.setdefault(COSTLY_CHECKSUMS, "when_required")
    config = Config(
        retries={"mode": "standard", "max_attempts": 5},
        max_pool_connections=32,
        s3={"payload_signing_enabled": False},
    )
    endpoint = None
    # Before 1.31 of 2023 the SDK does not read these variables.
    if not hasattr(botocore.configprovider, "ConfiguredEndpointProvider"):
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    s3 = botocore.session.get_session().create_client("s3", config=config, endpoint_url=endpoint)
    for event, name in COSTLY_HANDLERS.items():
        if handler := getattr(botocore.handlers, name, None):
            s3.meta.events.unregister(event, handler)
    return s3


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`."""
    match = re.fullmatch(r"s3://([^/]+)/(.+)", uri, re.DOTALL)
    if match is None:
        raise ConversionError("invalid_request", f"{uri} is no s3://bucket/key")
    return match[1], match[2]


class S3Source:
    """An object read by ranges, all of one version of it."""

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
        self._tail = b""
        # The end comes with the size: for a small file one request brings everything.
        try:
            answer, self._tail = self._get(f"bytes=-{self.TAIL}")
        except ClientError as error:
            if _status(error) == 416:  # an empty object has no range
                return
            if _status(error) == 412:
                message = "The file was replaced after it was checked. Upload it again."
                raise ConversionError("input_missing", message) from error
            # Without the permission to list, S3 answers 403 for what does not exist.
            if _status(error) in (403, 404):
                raise ConversionError("input_missing", f"{uri} is not there or may not be read") from error
            raise _failed("reading", uri, error) from error
        self._object["IfMatch"] = answer["ETag"]
        total = answer.get("ContentRange", "").rpartition("/")[2]
        self.size = int(total) if total.isdigit() else len(self._tail)

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset` on. Several threads may read at once."""
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
        """Ends the reads of other threads soon, with an error."""
        self._interrupted.set()
        for body in tuple(self._bodies):
            # Nobody offers to end a read from another thread, so it is done below TLS. Where it does
            # not work, the read ends when it has its bytes or the SDK loses patience.
            with suppress(Exception):
                socket.socket.shutdown(body._raw_stream.connection.sock, socket.SHUT_RDWR)

    def _get(self, byte_range: str) -> tuple[dict[str, Any], bytes]:
        failure: Exception | None = None
        for attempt in range(READ_ATTEMPTS):
            body = None
            try:
                if self._interrupted.wait(attempt * 0.5):
                    break
                answer = client().get_object(**self._object, Range=byte_range)
                body = answer["Body"]
                self._bodies.add(body)
                # Either this sees the interruption, or the interruption sees the body.
                if self._interrupted.is_set():
                    break
                return answer, body.read()
            # botocore repeats a request that fails, but not one whose answer breaks off.
            except (BotoCoreError, HTTPError) as error:
                failure = error
            finally:
                self._bodies.discard(body)
        raise _failed("reading", self._uri, failure) from failure


class Part:
    """
    A part's bytes in the pieces they came in: a file to the SDK.

    `read` gives a whole piece whatever the size asked for, as what it gives is sent at once.
    """

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped
        self._pieces: list[bytes] = []
        self._next = 0
        self._size = 0

    def append(self, piece: bytes) -> None:
        # To the SDK an empty piece is the end of the file.
        if piece:
            self._pieces.append(piece)
            self._size += len(piece)

    def __len__(self) -> int:
        return self._size

    def read(self, _size: int = -1) -> bytes:
        if self._stopped.is_set():
            raise UploadStopped
        if self._next == len(self._pieces):
            return b""
        self._next += 1
        return self._pieces[self._next - 1]

    def tell(self) -> int:
        return sum(map(len, self._pieces[: self._next]))

    def seek(self, offset: int) -> None:
        """To the start, from where the SDK sends it again."""
        if offset != 0:
            raise ValueError(f"a part cannot be sent from byte {offset} on")
        self._next = 0


class UploadStopped(BaseException):
    """What is sent is not wanted any more. No Exception, or the SDK would try again."""


class S3Output:
    """An object that exists only when it is complete: one PutObject, or a multipart upload."""

    # The part that is filled, those on their way, and the SDK.
    memory = MIN_PART + MAX_UNDERWAY + SDK

    def __init__(self, uri: str) -> None:
        self._uri = uri
        bucket, key = split_uri(uri)
        self._object = {"Bucket": bucket, "Key": key}
        name = key.rpartition("/")[2]
        self._headers = {"ContentType": content_type(name), "ContentDisposition": content_disposition(name)}
        self._stopped = threading.Event()
        self._part = Part(self._stopped)
        self._upload_id: Future[str] | None = None
        self._parts: list[Future[dict[str, Any]]] = []
        self._underway: set[Future[dict[str, Any]]] = set()
        self._written = 0
        self._pool = ThreadPoolExecutor(UPLOADS, thread_name_prefix="upload")
        self.sink = self

    def write(self, data: bytes) -> None:
        """Takes a piece of the output. Waits only while as much as may be is on its way already."""
        if self._stopped.is_set():
            raise UploadStopped
        self._written += len(data)
        if self._written > MAX_OBJECT:
            message = f"the output would have over {MAX_OBJECT} bytes, the most that is written to S3"
            raise ConversionError("limit_exceeded", message)
        self._part.append(data)
        if len(self._part) >= part_size(len(self._parts)):
            self._send()

    def interrupt(self) -> None:
        """Cuts short what is on its way, and a write that waits for it."""
        self._stopped.set()

    def flush(self) -> None:
        """Waits until all parts of a multipart upload are there."""
        if self._upload_id is None:
            return
        if len(self._part):
            self._send()
        try:
            for part in self._parts:
                part.result()
        except (ClientError, BotoCoreError) as error:
            raise _failed("writing", self._uri, error) from error

    def complete(self) -> None:
        try:
            if self._upload_id is None:
                client().put_object(
                    **self._object, **self._headers, Body=self._part if self._written else b""
                )
            else:
                parts = [part.result() for part in self._parts]
                client().complete_multipart_upload(
                    **self._object, UploadId=self._upload_id.result(), MultipartUpload={"Parts": parts}
                )
        except (ClientError, BotoCoreError) as error:
            raise _failed("writing", self._uri, error) from error
        self._pool.shutdown()

    def abort(self) -> None:
        """Leaves nothing behind; parts on their way are cut short."""
        self.interrupt()
        for part in self._parts:
            part.cancel()
        self._pool.shutdown()
        if self._upload_id is not None:
            # The bucket's lifecycle rule ends what cannot be ended here.
            with suppress(ClientError, BotoCoreError):
                upload_id = self._upload_id.result()
                client().abort_multipart_upload(**self._object, UploadId=upload_id)

    def _send(self) -> None:
        """Sends the part that is full; before, waits until it has room beside those on their way."""
        room = max(1, min(UPLOADS, MAX_UNDERWAY // len(self._part)))
        try:
            if self._upload_id is None:
                self._upload_id = self._pool.submit(self._create)
            done = {part for part in self._underway if part.done()}
            while len(self._underway - done) >= room:
                done |= wait(self._underway - done, return_when=FIRST_COMPLETED).done
            for part in done:
                part.result()
        except (ClientError, BotoCoreError) as error:
            raise _failed("writing", self._uri, error) from error
        self._underway -= done
        part = self._pool.submit(self._upload, len(self._parts) + 1, self._part)
        self._parts.append(part)
        self._underway.add(part)
        self._part = Part(self._stopped)

    def _create(self) -> str:
        return client().create_multipart_upload(**self._object, **self._headers)["UploadId"]

    def _upload(self, number: int, part: Part) -> dict[str, Any]:
        # The pool has begun with creating the upload, so this never waits for a thread of its own.
        upload_id = self._upload_id.result()
        answer = client().upload_part(**self._object, UploadId=upload_id, PartNumber=number, Body=part)
        return {"PartNumber": number, "ETag": answer["ETag"]}


def part_size(index: int) -> int:
    """The bytes from which on a part is full."""
    return min(MIN_PART << (index // PARTS_OF_A_SIZE), MAX_PART)


MAX_OBJECT = sum(map(part_size, range(MAX_PARTS)))


def put(uri: str, data: bytes) -> None:
    """Writes a small object that is to be read as it is now, not as a cache remembers it."""
    bucket, key = split_uri(uri)
    client().put_object(
        Bucket=bucket, Key=key, Body=data, ContentType=content_type(key), CacheControl="no-store"
    )


def create(uri: str, data: bytes) -> bool:
    """Writes a small object unless its key is taken. False if other data than this is there."""
    try:
        _put_if_new(uri, data)
    except ClientError as error:
        if _status(error) == 412:
            # The SDK repeats a write whose response is lost, and then finds what the first one wrote.
            return _get_small(uri) == data
        raise _failed("writing", uri, error) from error
    except BotoCoreError as error:
        raise _failed("writing", uri, error) from error
    return True


def _put_if_new(uri: str, data: bytes) -> None:
    # The botocore of Glue is older than the parameter IfNoneMatch of put_object, which came with 1.35.2.
    event, events = "before-call.s3.PutObject", client().meta.events
    events.register(event, _add_if_none_match)
    try:
        for attempt in range(CREATE_ATTEMPTS):
            time.sleep(attempt * 0.2)
            try:
                return put(uri, data)
            except ClientError as error:
                # Another conditional write of the same key is under way.
                if _status(error) != 409 or attempt + 1 == CREATE_ATTEMPTS:
                    raise
    finally:
        events.unregister(event, _add_if_none_match)


def _add_if_none_match(params: dict[str, Any], **_: Any) -> None:
    params["headers"]["If-None-Match"] = "*"


def _get_small(uri: str) -> bytes | None:
    bucket, key = split_uri(uri)
    try:
        return client().get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if _status(error) in (403, 404):
            return None
        raise _failed("reading", uri, error) from error
    except (BotoCoreError, HTTPError) as error:
        raise _failed("reading", uri, error) from error


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _failed(what: str, uri: str, error: Exception | None) -> ConversionError:
    return ConversionError("internal", f"{what} {uri} failed: {error or 'interrupted'}")
