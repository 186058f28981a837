"""Serves ministack's S3 and DynamoDB on 127.0.0.1:GATEWAY_PORT until SIGTERM, SIGINT or the end of standard input.

STATE_DIR, S3_DATA_DIR, S3_PERSIST, SERVICES and AUTH are ministack's own settings. With AUTH=true, one user may do everything,
with the access key in UNPARQUET_ACCESS_KEY_ID and UNPARQUET_SECRET_ACCESS_KEY.

ministack's own command is not used, because it saves its state only when it ends and goes on after a damaged state file. The
functions replaced here (`handle_request`, `pin_request_origin`, `request_time_failure`) have no hooks; requirements.txt pins
the version.
"""

import asyncio
import json
import os
import signal
from pathlib import Path

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

    app = ministack.app
    if ministack.AUTH:
        from door import Door

        add_user(os.environ["UNPARQUET_ACCESS_KEY_ID"], os.environ["UNPARQUET_SECRET_ACCESS_KEY"])
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
    await serve(app, config, shutdown_trigger=stopped.wait)
    journal.save()
    state.save(STATE_DIR, s3)


if __name__ == "__main__":
    asyncio.run(main())
