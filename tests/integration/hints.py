# SPDX-License-Identifier: Apache-2.0
"""Hints: a queue that tells of a change makes cmekd look at once; what is wrong with a message, or with the queue, changes
nothing else. How soon a verdict follows is printed."""
import json
import os
import sys
import time

sys.path.insert(0, os.environ["CMEKD_SRC"] + "/tests")

from harness import TIME_FACTOR, Bench, case, check, tap, together, wait_for  # noqa: E402
from world import OWN, World, key_arn  # noqa: E402

# Looks by the clock are far apart: what is seen sooner was seen by a hint.
RARE = {"PollInterval": "60s", "BlindAlert": "60s", "GracePeriod": "60s", "ClustersInterval": "60s", "RotationInterval": "1h"}


def world(**config):
    w = World(events_ms=300, **config)
    w.project("prod", {"orders": "ACTIVE"})
    w.project("two", {"billing": "ACTIVE"})
    w.queue()
    return w


def event(arn, name="DisableKey", **detail):
    """As EventBridge hands on what CloudTrail recorded."""
    return {"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "source": "aws.kms", "account": OWN,
            "detail-type": "AWS API Call via CloudTrail", "region": "us-west-2", "resources": [],
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "detail": {"eventName": name, "eventSource": "kms.amazonaws.com",
                       "resources": [{"accountId": OWN, "ARN": arn}], **detail}}


class Listener:
    """A daemon that listens to the cloud's first queue, armed."""

    def __init__(self, bench, cloud, settings=None, **aws):
        self.cloud = cloud
        self.daemon = bench.daemon(cloud, settings={**RARE, **(settings or {})}, aws={"HintQueue": cloud.info["queues"][0], **aws})

    def start(self):
        self.daemon.start()
        for number, project in enumerate(("prod", "two")):
            wait_for(lambda p=project: self.daemon.binding(p), "a key to watch")
            self.cloud.queue_send(event(self.cloud.arn(number)))  # its first look comes late
        for project in ("prod", "two"):
            wait_for(lambda p=project: self.daemon.binding(p)["armed"], "armed")
        wait_for(lambda: self.hints()["verdicts"] == 2, "two verdicts that came of hints")
        return self

    def hints(self):
        return self.daemon.ctl("status", "--hints", "--json").json()

    def queue(self):
        return self.hints()["queues"][0]

    def looks(self, since, arn=None):
        return [e for e in self.cloud.log(since, op="DescribeKey") if e["subject"] == (arn or self.cloud.arn())]

    def verdict(self, project="prod"):
        return self.daemon.binding(project)["verdict"]

    def see(self, action, verdict):
        """A change of the first key is believed within the seconds that are given back."""
        began = time.monotonic()
        self.cloud.key(action)
        wait_for(lambda: self.verdict() == verdict, f"{verdict} after {action}", every=0.02)
        return time.monotonic() - began


def changes(bench, cloud):
    listener = Listener(bench, cloud, settings={"Reaction": "observe"}).start()
    with case("a change is seen by its event, long before the next look"):
        took = listener.see("disable", "lost")
        check(took < 30 * TIME_FACTOR, took)
        check(listener.queue()["hints"] == 3 and listener.hints()["verdicts"] == 3, listener.hints())
        check(listener.verdict("two") == "usable", listener.daemon.status("two"))
        listener.see("enable", "usable")
        listener.cloud.key("vendor-out")
        wait_for(lambda: listener.verdict() == "lost", "lost by the policy")
        listener.see("policy-undo", "usable")
        check(listener.hints()["verdicts"] == 4, listener.hints())
    with case("what was read is deleted, and the daemon's text tells what came"):
        # The last change may have been seen before its event came.
        wait_for(lambda: listener.queue()["messages"] == 6, "an event of each change, and two to begin with")
        wait_for(lambda: cloud.queue_state()["visible"] + cloud.queue_state()["in_flight"] == 0, "an empty queue")
        text = listener.daemon.ctl("status", "--hints")
        check(text.status == 0 and cloud.info["queues"][0] in text.out and "hints: " in text.out, text)
        check("Verdicts that came of a hint: 4" in text.out, text)
    with case("messages that are none, foreign, of other keys, doubled: counted, deleted, and nothing worse"):
        before, mark, deleted = listener.queue(), cloud.mark(), cloud.queue_state()["deleted"]
        good = event(cloud.arn())
        bad = ["", "hello", "{}", "[1,2]", json.dumps(good)[:-20], "\u00e9" * 1000, "{" * 5000,
               event(key_arn(77)), {**event(cloud.arn()), "source": "aws.ec2"},
               event(cloud.arn(), errorCode="AccessDenied"), event("arn:aws:kms:us-west-2:1:alias/x"),
               {"source": "aws.kms", "detail": {"eventName": "X" * 200000, "resources": 7}}]
        for body in bad:
            cloud.queue_send(body or " ")
        cloud.queue_send({"Type": "Notification", "Message": json.dumps(good)})
        cloud.queue_send(good)
        cloud.queue_send(good)
        wait_for(lambda: cloud.queue_state()["deleted"] == deleted + len(bad) + 3, "all messages")
        after = listener.queue()
        check(after["hints"] - before["hints"] == 3, (before, after))
        check(after["unread"] - before["unread"] == 7 and after["others"] - before["others"] == 5, (before, after))
        wait_for(lambda: cloud.queue_state()["visible"] + cloud.queue_state()["in_flight"] == 0, "an empty queue")
        check(listener.verdict() == "usable" and not cloud.pauses(), listener.daemon.status())
        check(not listener.looks(mark, cloud.arn(1)), "the other project's key was looked at")
    with case("a flood of hints makes at most one look a second"):
        time.sleep(1.2)
        mark, began = cloud.mark(), time.monotonic()
        before = listener.queue()["hints"]
        for _ in range(150):
            cloud.queue_send(good)
        wait_for(lambda: listener.queue()["hints"] == before + 150, "all hints")
        span, looks = time.monotonic() - began, len(listener.looks(mark))
        check(1 <= looks <= span + 4, (looks, span))
        check(listener.verdict() == "usable", listener.daemon.status())
    listener.daemon.stop()


def troubles(bench, cloud):
    listener = Listener(bench, cloud).start()
    daemon = listener.daemon
    with case("a queue that may not be read: told once, shown, the keys are watched all the same; told when it is back"):
        fault = cloud.fault("sqs", "access-denied", op="ReceiveMessage")
        cloud.queue_send("wakes the long poll")
        told = daemon.told("hints_failed")
        check(told["PRIORITY"] == "4" and "AccessDenied" in told["MESSAGE"], told)
        shown = daemon.ctl("status", "--hints")
        check(shown.status == 3 and "AccessDenied" in shown.out, shown)
        mark = cloud.mark()
        wait_for(lambda: len(cloud.log(mark, op="ReceiveMessage")) >= 2, "asked again")
        check(len(daemon.notices("hints_failed")) == 1, daemon.notices("hints_failed"))
        check(daemon.headline() == "usable", daemon.headline())
        cloud.clear_faults(fault)
        daemon.told("hints_back")
        check(daemon.ctl("status", "--hints").status == 0, "trouble is still shown")
    with case("a queue whose messages may not be deleted: told once, hints work all the same"):
        fault = cloud.fault("sqs", "access-denied", op="DeleteMessageBatch")
        before = listener.queue()["hints"]
        cloud.queue_send(event(cloud.arn()))
        wait_for(lambda: len(daemon.notices("hints_failed")) == 2, "told again")
        check("DeleteMessageBatch" in daemon.notices("hints_failed")[-1]["MESSAGE"], daemon.notices("hints_failed"))
        check(listener.queue()["hints"] == before + 1, listener.queue())
        cloud.queue_send(event(cloud.arn()))
        wait_for(lambda: listener.queue()["hints"] >= before + 2, "the next hint")
        check(len(daemon.notices("hints_failed")) == 2, daemon.notices("hints_failed"))
        cloud.clear_faults(fault)
        cloud.queue_send(event(cloud.arn()))
        wait_for(lambda: len(daemon.notices("hints_back")) == 2, "told that it is back")
    for kind, members in (("status", {"status": 500}), ("throttle", {}), ("drop-before", {}), ("html", {}), ("garbage", {}),
                          ("wrong-types", {}), ("empty", {}), ("cut-body", {}), ("oversized", {}), ("expired-token", {})):
        with case(f"one answer of the queue that is {kind}: the next hint comes"):
            before = listener.queue()["hints"]
            cloud.fault("sqs", kind, op="ReceiveMessage", count=1, **members)
            cloud.queue_send("wakes the long poll")
            cloud.queue_send(event(cloud.arn()))
            wait_for(lambda: cloud.state()["faults"] == [] or all(f.get("struck") for f in cloud.state()["faults"]), "struck")
            cloud.queue_send(event(cloud.arn()))
            wait_for(lambda: listener.queue()["hints"] > before, "a hint")
            cloud.clear_faults()
    with case("a queue that is not there: named; a reload with another one listens to that"):
        daemon.write_config(AWS={"HintQueue": cloud.info["queues"][0] + "-nowhere"})
        mark = len(daemon.notices("hints_failed"))
        daemon.reload()
        wait_for(lambda: len(daemon.notices("hints_failed")) > mark, "told")
        check("QueueDoesNotExist" in daemon.notices("hints_failed")[-1]["MESSAGE"], daemon.notices("hints_failed"))
        daemon.write_config(AWS={"HintQueue": cloud.info["queues"][0]})
        daemon.reload()
        cloud.queue_send(event(cloud.arn()))
        wait_for(lambda: listener.queue()["hints"] > 0, "a hint")
    with case("a queue that never answers keeps neither the looks nor the end waiting"):
        cloud.fault("sqs", "hang", op="ReceiveMessage")
        cloud.queue_send("wakes the long poll")
        mark = cloud.mark()
        wait_for(lambda: cloud.log(mark, op="ReceiveMessage"), "asked")
        daemon.reload()
        listener.daemon.looks(1)
        took = daemon.stop()
        check(took < 5 * TIME_FACTOR, took)
        cloud.clear_faults()
    with case("without HintQueue= no queue is asked, and status says how to have one"):
        daemon.write_config(AWS={"HintQueue": None})
        mark = cloud.mark()
        daemon.start()
        daemon.looks(2)
        check(not cloud.log(mark, service="sqs"), cloud.log(mark, service="sqs"))
        shown = daemon.ctl("status", "--hints")
        check(shown.status == 0 and "HintQueue=" in shown.out, shown)
        daemon.stop()


def latency(bench, cloud):
    """With the intervals that a user has: detection is the age of the event and two ConfirmIntervals."""
    rows = {"PollInterval": "30s", "ConfirmInterval": "5s", "Reaction": "observe", "BlindAlert": "15min"}
    listener = Listener(bench, cloud, settings=rows).start()
    took, verdicts = [], []
    with case("by default intervals a verdict follows the arrival of its message within 15 s"):
        for number in range(3):
            took.append(listener.see("disable", "lost"))
            verdicts.append(listener.hints()["lastVerdictMs"] / 1000)
            check(listener.hints()["verdicts"] == 3 + number, listener.hints())
            listener.see("enable", "usable")  # one usable look takes a loss back that nothing was done about
        check(max(verdicts) < 15 * TIME_FACTOR, verdicts)
    if verdicts:
        print(f"# by default intervals, events {cloud.state()['config']['events_ms']} ms after the change: from the message to the"
              f" verdict {min(verdicts):.1f} to {max(verdicts):.1f} s, from the change to the verdict {min(took):.1f} to {max(took):.1f} s")
    listener.daemon.stop()


with Bench() as bench:
    clouds = [bench.cloud(world()) for _ in range(3)]
    together(lambda: changes(bench, clouds[0]), lambda: troubles(bench, clouds[1]), lambda: latency(bench, clouds[2]))
tap.done()
