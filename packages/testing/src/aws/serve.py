"""Serves the embedded AWS for tests: accepts signatures of any time and records how IAM decides on the calls of roles.

Each decision is a line of JSON in `decisions.jsonl` beside ministack's state: role, action, resource, decision, and the
Sid of the statement.
"""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4] / "packages/local/src/aws"))

import serve
from ministack.core import iam_evaluator, sigv4
from ministack.core.responses import get_account_id
from ministack.services import s3

ROLE = re.compile(r":(?:assumed-)?role/([^/]+)")
DECISIONS = Path(os.environ["STATE_DIR"]).parent / "decisions.jsonl"

evaluate = iam_evaluator.evaluate
evaluate_resource_policy = iam_evaluator.evaluate_resource_policy
handle_request = s3.handle_request

in_resource_policy = False


def flagged_evaluate_resource_policy(*args, **kwargs):
    """Evaluates a bucket's policy, which may be silent about a role that its own policy allows."""
    global in_resource_policy
    in_resource_policy = True
    try:
        return evaluate_resource_policy(*args, **kwargs)
    finally:
        in_resource_policy = False


def recorded_evaluate(ctx, *policies):
    """Evaluates as IAM does, and records the decision."""
    result = evaluate(ctx, *policies)
    role = ROLE.search(ctx.principal_arn)
    if role and not (in_resource_policy and result.decision != "Deny"):
        decision = {
            "role": role[1],
            "action": ctx.action,
            "resource": ctx.resource_arn,
            "decision": result.decision,
            "sid": result.matched_sid,
        }
        with DECISIONS.open("a") as file:
            file.write(json.dumps(decision) + "\n")
    return result


def may_list(bucket: str) -> bool:
    """Returns whether the caller may learn that a key of the bucket does not exist."""
    arn = iam_evaluator.caller_arn()
    role = ROLE.search(arn)
    if role is None:
        return True
    account = get_account_id()
    ctx = iam_evaluator.EvalContext(
        arn,
        "AssumedRole",
        account,
        "s3:ListBucket",
        f"arn:aws:s3:::{bucket}",
        "us-east-1",
        secure_transport=True,
    )
    return evaluate(ctx, iam_evaluator._gather_role_policies(role[1], account)).decision == "Allow"


async def hiding_handle_request(method, path, *args, **kwargs):
    """Answers 403 for a missing object unless the caller may list the bucket, as S3 does."""
    answer = await handle_request(method, path, *args, **kwargs)
    bucket, _, key = path.lstrip("/").partition("/")
    is_missing = answer[0] == 404 and key and (method == "HEAD" or b"NoSuchKey" in answer[2])
    if is_missing and not may_list(bucket):
        body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        return (403, {"Content-Type": "application/xml"}, b"" if method == "HEAD" else body)
    return answer


sigv4.request_time_failure = lambda signature: None
iam_evaluator.evaluate = recorded_evaluate
iam_evaluator.evaluate_resource_policy = flagged_evaluate_resource_policy
s3.handle_request = hiding_handle_request

if __name__ == "__main__":
    asyncio.run(serve.main())
