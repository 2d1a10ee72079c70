# SPDX-License-Identifier: Apache-2.0
"""sample: the world in which the stand-in cloud is tested, and how its tests run. A stand-in that says yes to everything
would make every test against it worthless, so most cases are refusals."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap
from clients import Cloud

HERE = os.path.dirname(os.path.abspath(__file__))
ARN = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
EU = "arn:aws:kms:eu-central-1:111122223333:key/5678abcd-12ab-34cd-56ef-1234567890ab"
QUEUE, EU_QUEUE = (f"arn:aws:sqs:{region}:111122223333:cmekd-events" for region in ("us-west-2", "eu-central-1"))
V, P, D = "444455556666", "100", "200"
BASE1, BASE2 = "/api/v1beta", "/v1beta1"
FAST = {"propagation_ms": 600, "pausing_ms": 150, "resuming_ms": 150, "rate_limit": 100000}


def world():
    """A CMEK project of two regions, and a default project."""
    clusters = [{"id": str(i), "name": f"c{i}", "region": "us-west-2", "state": "ACTIVE"} for i in range(1, 13)]
    clusters.append({"id": "13", "name": "eu", "region": "eu-central-1", "state": "ACTIVE"})
    clusters.append({"id": "14", "name": "old", "region": "us-west-2", "state": "PAUSED", "paused_ago_ms": 3600000})
    return {
        "vendor_account": V, "config": dict(FAST),
        "access_keys": [{"access_key": "AKIATEST", "secret": "wJalr+/secret", "account": "111122223333"},
                        {"access_key": "ASIATEMP", "secret": "temporary", "session_token": "tok/en+=="},
                        {"access_key": "AKIAFOREIGN", "secret": "foreign", "account": "999988887777"}],
        "organization": {"id": "9", "api_keys": [{"public": "pub", "private": "priv"},
                                                 {"public": "viewer", "private": "v", "role": "project:ctl_plane_viewer"}]},
        "keys": [{"arn": ARN, "rotation_enabled": True}, {"arn": EU}],
        "queues": [{"arn": QUEUE}, {"arn": EU_QUEUE}],
        "projects": [{"id": P, "name": "prod", "cmek_enabled": True, "clusters": clusters,
                      "cmek": [{"region": "us-west-2", "kms_arn": ARN}, {"region": "eu-central-1", "kms_arn": EU}]},
                     {"id": D, "name": "default", "default": True,
                      "clusters": [{"id": "21", "name": "play", "region": "us-west-2"}]}]}


def run(*parts):
    """Each part with a cloud of its own; the words of the command line choose some of them by name."""
    signal.alarm(600)
    for part in parts:
        if len(sys.argv) > 1 and part.__name__ not in sys.argv[1:]:
            continue
        cloud = Cloud(world())
        try:
            part(cloud)
        finally:
            status, errors = cloud.end()
        tap.equal((status, errors), (0, ""), f"{part.__name__}: the cloud ends without complaint")
