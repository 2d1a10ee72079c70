# SPDX-License-Identifier: Apache-2.0
"""world: what the stand-in cloud holds at the start of a test (tests/cloud/README.md, "World file")."""

OWN = "111122223333"
VENDOR = "444455556666"
ACCESS_KEY = "AKIACMEKDTEST0000001"
API_KEY = "CmekdTest"

# Quick, so that a test takes seconds; not instant, so that the states in between are seen.
CONFIG = {"propagation_ms": 100, "pausing_ms": 300, "resuming_ms": 300, "rate_limit": 100000}


def key_arn(number, region="us-west-2"):
    return f"arn:aws:kms:{region}:{OWN}:key/{number:08x}-12ab-34cd-56ef-{number:012x}"


class World:
    """Projects are numbered from 1 and their clusters too, so that ids can be foretold."""

    def __init__(self, secret="made-up-aws-secret-0123456789abcdefghij", private="made-up-private-key-of-tidb-cloud",
                 token=None, **config):
        self.keys = []
        self.projects = []
        self.queues = []
        self.secret, self.private, self.token = secret, private, token
        self.config = {**CONFIG, **config}

    def key(self, region="us-west-2", **members):
        arn = key_arn(len(self.keys) + 1, region)
        self.keys.append({"arn": arn, "vendor_policy": "policy" not in members, "rotation_enabled": True, **members})
        return arn

    def queue(self, region="us-west-2", name="cmekd-events"):
        """With `events_ms` in the configuration, changes of a key come to the queues of its region."""
        arn = f"arn:aws:sqs:{region}:{OWN}:{name}"
        self.queues.append({"arn": arn})
        return arn

    def project(self, name, clusters, keys=None, cmek_enabled=True):
        """`clusters`: {"orders": "ACTIVE"} or {"orders": {"state": ..., "region": ...}}; `keys`: ARNs; a new
        one in us-west-2 by default."""
        number = len(self.projects) + 1
        if keys is None:
            keys = [self.key()]
        listed = []
        for place, (cluster, members) in enumerate(clusters.items(), 1):
            if isinstance(members, str):
                members = {"state": members}
            listed.append({"id": f"{number}{place:019d}", "name": cluster, "region": "us-west-2", "state": "ACTIVE",
                           **members})
        self.projects.append({
            "id": f"13728130892090{number:05d}", "name": name, "cmek_enabled": cmek_enabled, "type": "dedicated",
            "cmek": [{"region": arn.split(":")[3], "kms_arn": arn} for arn in keys], "clusters": listed})
        return self.projects[-1]["id"]

    def document(self):
        access = {"access_key": ACCESS_KEY, "secret": self.secret, "account": OWN,
                  "arn": f"arn:aws:iam::{OWN}:user/cmekd"}
        if self.token:
            access["session_token"] = self.token
        return {
            "vendor_account": VENDOR, "config": self.config, "keys": self.keys, "queues": self.queues, "projects": self.projects,
            "access_keys": [access],
            "organization": {"id": "1372813089209061632",
                             "api_keys": [{"public": API_KEY, "private": self.private, "role": "org:owner"}]}}


def one_project(clusters=None, **config):
    """One project "prod" with one key in us-west-2."""
    world = World(**config)
    world.project("prod", clusters or {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"})
    return world


def one_and_two_that_share(clusters=None):
    """As one_project(); and "left" and "right", which share a key. With the ARN of that."""
    world = one_project(clusters)
    both = world.key()
    world.project("left", {"l": "ACTIVE"}, keys=[both])
    world.project("right", {"r": "ACTIVE"}, keys=[both])
    return world, both
