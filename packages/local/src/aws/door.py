"""Refuses the requests that AWS would refuse but ministack accepts.

With AUTH=true, ministack verifies signatures and evaluates policies. But it accepts its root keys without a signature, leaves
paths such as `/_ministack/reset` open, and responds to any host name.

`_send_response` and `s3._bucket_owner_account` are private: ministack has no public way to send AWS's error formats, or to ask
whether a bucket exists. requirements.txt pins its version.
"""

import re
import uuid
from urllib.parse import parse_qs

from ministack.app import SERVICE_HANDLERS, _send_response
from ministack.core.iam_actions import access_denied_response
from ministack.core.iam_evaluator import is_root_access_key
from ministack.core.router import detect_service
from ministack.core.sigv4 import (
    HeaderSignature,
    decode_header_value,
    parse_header_signature,
    parse_query_signature,
)
from ministack.services import s3

ALGORITHM = "AWS4-HMAC-SHA256"

# Query parameters of signature versions 4 and 2.
SIGNATURE_PARAMETER = re.compile(
    r"x-amz-(algorithm|credential|signature|signedheaders)|awsaccesskeyid|signature"
)

# Lambda's operations on functions: `/2015-03-31/functions/NAME/invocations`. The other services' have the path "/".
FUNCTIONS = re.compile(r"/\d{4}-\d\d-\d\d/functions(/.*)?")

LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")

# Status codes of errors for which ministack would send 403.
STATUSES = {"InvalidArgument": 400, "NoSuchBucket": 404}


class RefusedError(Exception):
    """An error with AWS's error code."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def signature_of(headers: dict, query: dict) -> "HeaderSignature | None":
    """Parses the request's signature without verifying it. Returns None if there is none."""
    parameters = [name for name in query if SIGNATURE_PARAMETER.fullmatch(name.lower())]
    if "authorization" in headers:
        if parameters:
            raise RefusedError("InvalidArgument", "Only one auth mechanism allowed")
        supported = headers["authorization"].startswith(f"{ALGORITHM} ")
        signature = parse_header_signature(headers) if supported else None
    elif parameters:
        supported = query.get("X-Amz-Algorithm") == [ALGORITHM] and all(
            len(query[name]) == 1 for name in parameters
        )
        signature = parse_query_signature(query) if supported else None
    else:
        return None
    if signature is None:
        raise RefusedError("UnsupportedSignature", f"Please use {ALGORITHM}.")
    if isinstance(signature, tuple):
        raise RefusedError(*signature)
    return signature


def check_anonymous(service: str, method: str, bucket: str, key: str) -> None:
    """Lets through reads of objects and CORS preflights, which a bucket may allow for everyone."""
    is_read = method in ("GET", "HEAD") and key
    is_preflight = method == "OPTIONS" and bucket
    if service != "s3" or not (is_read or is_preflight):
        raise RefusedError("MissingAuthenticationToken", "Request is missing Authentication Token")


def check_signed(signature: HeaderSignature, service: str, headers: dict) -> None:
    """Lets through only signatures that ministack then verifies."""
    if is_root_access_key(signature.access_key_id):
        raise RefusedError(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    if signature.service != service:
        raise RefusedError(
            "SignatureDoesNotMatch", f"Credential should be scoped to correct service: '{service}'."
        )
    signed = signature.signed_headers.split(";")
    if service == "s3" and any(name.startswith("x-amz-") and name not in signed for name in headers):
        raise RefusedError("AccessDenied", "There were headers present in the request which were not signed")


def check_path(service: str, method: str, path: str, bucket: str, key: str) -> None:
    """Refuses ministack's own paths, which look like buckets that do not exist."""
    creates_bucket = method == "PUT" and not key
    if service == "s3":
        if bucket and not creates_bucket and s3._bucket_owner_account(bucket) is None:
            raise RefusedError("NoSuchBucket", "The specified bucket does not exist")
    elif not (FUNCTIONS.fullmatch(path) if service == "lambda" else path == "/"):
        raise RefusedError("AccessDenied", "Access Denied")


class Door:
    """ASGI middleware that responds to refused requests itself."""

    def __init__(self, app):
        self.app = app

    def check(self, service: str, method: str, path: str, headers: dict, query: dict) -> None:
        # Stops DNS rebinding. Any port is allowed, because a proxy may sit in between.
        if not LOOPBACK.fullmatch(headers.get("host", "")):
            raise RefusedError("AccessDenied", "The Host header is not 127.0.0.1 or localhost")
        if (method, path) == ("GET", "/_ministack/ready"):
            return
        if service not in SERVICE_HANDLERS:
            raise RefusedError("AccessDenied", "Access Denied")
        # Web pages may use only S3, where the buckets' CORS configurations apply.
        if service != "s3" and "origin" in headers:
            raise RefusedError("AccessDenied", "Web pages have no access")
        bucket, _, key = path.removeprefix("/").partition("/")
        signature = signature_of(headers, query)
        if signature is None:
            check_anonymous(service, method, bucket, key)
        else:
            check_signed(signature, service, headers)
        check_path(service, method, path, bucket, key)

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            method, path = scope["method"], scope["path"]
            headers = {}
            for raw_name, raw_value in scope["headers"]:
                name, value = raw_name.decode("latin-1").lower(), decode_header_value(raw_value)
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
            query = parse_qs(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
            service = detect_service(method, path, headers, query)
            try:
                self.check(service, method, path, headers, query)
            except RefusedError as refused:
                # Reads the whole body: a client that is still sending would see a reset instead of the response.
                while (await receive()).get("more_body", False):
                    pass
                status, answer_headers, body = access_denied_response(
                    service,
                    "",
                    "",
                    str(uuid.uuid4()),
                    error_code=refused.code,
                    message=str(refused),
                    headers=headers,
                )
                status = STATUSES.get(refused.code, status)
                await _send_response(send, status, answer_headers, body, head=method == "HEAD")
                return
        await self.app(scope, receive, send)
