"""Serves ministack's S3, DynamoDB, Lambda and SQS on 127.0.0.1:GATEWAY_PORT until SIGTERM, SIGINT or the end of standard input.

Only S3 and DynamoDB keep their state. Functions run in child processes, which end with this process.

STATE_DIR, S3_DATA_DIR, S3_PERSIST, SERVICES and AUTH are ministack's own settings. With AUTH=true, one user may do everything,
with the access key in UNPARQUET_ACCESS_KEY_ID and UNPARQUET_SECRET_ACCESS_KEY.

ministack's own command is not used, because it saves its state only when it ends and goes on after a damaged state file. The
functions replaced here (`handle_request`, `pin_request_origin`, `request_time_failure`, and those of Lambda and SQS) have no
hooks; requirements.txt pins the version.
"""

import asyncio
import contextlib
import json
import os
import signal
import threading
from pathlib import Path
from types import SimpleNamespace

import state

STATE_DIR = Path(os.environ["STATE_DIR"])


def add_user(access_key_id: str, secret_access_key: str) -> None:
    """Adds the user to IAM. IAM's state is not saved, so the keys of earlier processes are no longer valid."""
    from ministack.services import iam

    name, created = "unparquet", "2026-01-01T00:00:00Z"
    user = {
        "UserName": name,
        "UserId": "AIDAUNPARQUETUNPARQUE",
        "Arn": f"arn:aws:iam::000000000000:user/{name}",
        "Path": "/",
        "CreateDate": created,
        "AttachedPolicies": [],
        "Tags": [],
    }
    key = {
        "UserName": name,
        "AccessKeyId": access_key_id,
        "SecretAccessKey": secret_access_key,
        "Status": "Active",
        "CreateDate": created,
    }
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.load_persisted_state(
        {
            "users": {name: user},
            "access_keys": {access_key_id: key},
            "user_inline_policies": {name: {"everything": json.dumps(everything)}},
        }
    )


def save_buckets_when_changed() -> None:
    """Saves the buckets' settings before each change is acknowledged. Objects are files already."""
    from ministack.services import s3

    handle_request = s3.handle_request

    async def saved_handle_request(method, path, *args, **kwargs):
        answer = await handle_request(method, path, *args, **kwargs)
        if method in ("PUT", "DELETE") and "/" not in path.strip("/") and answer[0] < 300:
            state.save(STATE_DIR, s3)
        return answer

    s3.handle_request = saved_handle_request


def wake_long_polls() -> None:
    """Ends a long poll of SQS when a message arrives. By itself, it looks every 100 ms."""
    from ministack.core.concurrency import esm_wake
    from ministack.services import sqs

    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    set_wake = esm_wake.set

    def set_both() -> None:
        set_wake()
        loop.call_soon_threadsafe(arrived.set)

    async def sleep(seconds: float) -> None:
        arrived.clear()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(arrived.wait(), seconds)

    esm_wake.set = set_both
    sqs.asyncio = SimpleNamespace(iscoroutine=asyncio.iscoroutine, sleep=sleep)


def queue_invocations() -> None:
    """Lets invocations wait for a free processor, as AWS lets asynchronous ones wait for a free execution."""
    from ministack.services import lambda_svc

    acquire, release = lambda_svc._acquire_execution_slot, lambda_svc._release_execution_slot
    free = threading.Semaphore(max(2, os.cpu_count() or 1))

    def waiting_acquire(func, config):
        free.acquire()
        return acquire(func, config)

    def freeing_release(key) -> None:
        release(key)
        free.release()

    lambda_svc._acquire_execution_slot = waiting_acquire
    lambda_svc._release_execution_slot = freeing_release


def end_functions() -> None:
    """Ends the functions' processes. One that is converting gets SIGTERM and 2 seconds to report it."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    # None starts from now on.
    lambda_svc.acquire_worker = lambda *args, **kwargs: (None, "func_cap")
    lambda_runtime.reset()


async def main() -> None:
    # Only this user may read the files.
    os.umask(0o077)
    state.repair_objects(Path(os.environ["S3_DATA_DIR"]))

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from journal import Journal
    from ministack import app as ministack
    from ministack.core.iam_evaluator import pin_request_origin
    from ministack.services import dynamodb, s3

    state.load(STATE_DIR, s3)
    state.load(STATE_DIR, dynamodb)
    journal = Journal(STATE_DIR)
    save_buckets_when_changed()
    wake_long_polls()
    queue_invocations()

    app = ministack.app
    if ministack.AUTH:
        from door import Door

        # Functions inherit the environment.
        add_user(os.environ.pop("UNPARQUET_ACCESS_KEY_ID"), os.environ.pop("UNPARQUET_SECRET_ACCESS_KEY"))
        # Local HTTP counts as TLS (aws:SecureTransport), as on AWS's endpoints.
        ministack.pin_request_origin = lambda address, _: pin_request_origin(address, True)
        app = Door(app)

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

    async def functions_ended() -> None:
        await stopped.wait()
        # While S3 still responds.
        await asyncio.to_thread(end_functions)

    await serve(app, config, shutdown_trigger=functions_ended)
    journal.save()
    state.save(STATE_DIR, s3)


if __name__ == "__main__":
    asyncio.run(main())
