# SPDX-License-Identifier: Apache-2.0
"""play: what a play of a section of doc/runbook.md has in hand: a cloud, a daemon whose project prod is usable, and the section's commands."""
import json

from harness import check, wait_for
from page import Page, preload, sections, shift_clock, text_of
from world import ACCESS_KEY, one_project

TEXT = text_of("doc/runbook.md")
BOOK = {"": TEXT.partition("\n# Access")[0], **sections(TEXT)}
PLAYS = {}  # by the name of the section
SLOW = {"GracePeriod": "60s"}  # time for people to come before it is over
READING = ("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListKeyRotations", "ListGrants")


def plays(name, **how):
    """A function that plays a section. `how`: of the world and the daemon, as Round takes it."""
    def remember(function):
        PLAYS[name] = (function, how)
        return function
    return remember


class Round:
    """A cloud, a daemon whose project prod is usable, and the section's commands."""

    shim = ""  # elsewhere.c, compiled

    def __init__(self, bench, name, world=None, start=True, settings=None, files=None, queue_of=False, shift=False, **daemon):
        world = world() if world else one_project()
        if queue_of:
            world.queue()
        self.bench, self.name = bench, name
        self.cloud = bench.cloud(world)
        aws = {"HintQueue": self.cloud.info["queues"][0]} if queue_of else None
        self.daemon = bench.daemon(self.cloud, settings={"BlindAlert": "1s", **(settings or {})}, daemon=daemon, aws=aws)
        if files:
            self.daemon.write_project("prod", **files)
        if shift:
            self.clock = self.daemon.dir + "/clock"
            self.shift(0, 0)
            preload(self.daemon, self.shim, CMEKD_TEST_CLOCK=self.clock)
        self.page = Page(BOOK[name], self.cloud, self.daemon)
        self.page.words.update({"KEY": self.cloud.arn(), "CLUSTER": "orders"})
        self.run, self.ctl, self.headline = self.page.run, self.daemon.ctl, self.daemon.wait_headline
        if start:
            self.daemon.start()
            self.headline("usable")

    def shift(self, boot_s, wall_s):
        shift_clock(self.clock, boot_s, wall_s)

    def told(self, **fields):
        """The section's alert was raised."""
        told = self.daemon.told(self.name, **fields)
        self.page.incident = told.get("INCIDENT") or self.incident()
        return told

    def incident(self):
        binding = self.daemon.binding() if self.daemon.alive() else None
        return binding["incident"]["id"] if binding and binding.get("incident") else None

    def phase(self, phase):
        wait_for(lambda: self.daemon.phase() == phase, f"phase {phase}")
        self.page.incident = self.incident() or self.page.incident

    def states(self):
        return {c["name"]: c["state"] for c in self.cloud.state()["clusters"]}

    def running(self):
        wait_for(lambda: self.states()["orders"] == self.states()["billing"] == "ACTIVE", "they run again")

    def closed(self):
        self.headline("usable")
        self.phase("none")
        self.running()

    def nothing_paused(self):
        check(not self.cloud.pauses(), self.cloud.pauses())

    def policy(self):
        return json.loads(self.cloud.key_state()["policy"])

    def put(self, document):
        self.cloud.key("put-policy", policy=json.dumps(document), now=True)

    def rights(self, *actions):
        """All that cmekd's own identity may do at KMS; none given: everything. A person may everything anyway."""
        allow = [{"Effect": "Allow", "Action": ["kms:" + a for a in actions], "Resource": "*"}]
        self.cloud.call("/admin/access-key", {"access_key": ACCESS_KEY, "iam_policy": json.dumps(
            {"Version": "2012-10-17", "Statement": allow}) if actions else ""})

    def end(self):
        self.page.end()
        if self.daemon.alive():
            self.daemon.stop()
