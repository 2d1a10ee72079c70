# SPDX-License-Identifier: Apache-2.0
"""rotation: what an operator asks cmekd to change at a key, one change at a time: each with a durable intent and one result,
sent once, and its end told to who asked."""
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import TIME_FACTOR, Bench, case, check, tap, together, wait_for
from world import World


def errands(daemon):
    """Records of errands: (type, errand, result or None)."""
    return [(r["type"], r["errand"], r.get("result")) for r in daemon.ledger() if r["type"].startswith("errand_")]


class Key:
    """A project with one key, watched by approval only."""

    def __init__(self, bench, regions=("us-west-2",), settings=None, **config):
        world = World(**config)
        world.project("prod", {"orders": "ACTIVE"}, keys=[world.key(region=r) for r in regions])
        self.cloud = bench.cloud(world)
        self.daemon = bench.daemon(self.cloud, settings={"Reaction": "approve", **(settings or {})}).start()
        wait_for(lambda: all(b["armed"] for b in self.daemon.status()["bindings"]) and
                 len(self.daemon.status()["bindings"]) == len(regions), "armed")

    def ask(self, *words):
        return self.daemon.ctl(*words, "--reason", "told to")

    def sent(self, op, since=0):
        return self.cloud.acts(op, since)


def enable(bench):
    key = Key(bench)
    daemon, cloud = key.daemon, key.cloud
    with case("rotation enable: an intent, the request, a result; who asked and why are in the ledger"):
        answer = key.ask("rotation", "enable", "prod", "--period", "180")
        check(answer.status == 0 and answer.out.startswith("Done:"), answer)
        check(cloud.key_state()["rotation_enabled"] and cloud.key_state()["rotation_period_days"] == 180, cloud.key_state())
        check(errands(daemon) == [("errand_intent", "enable_rotation", None), ("errand_result", "enable_rotation", "accepted")],
              errands(daemon))
        intent, result = [r for r in daemon.ledger() if r["type"].startswith("errand_")]
        check(intent["who"] and intent["note"] == "told to" and intent["message"] == "every 180 days" and
              intent["region"] == "us-west-2" and result["op"] == intent["op"] and result["request"], (intent, result))
        check("enable_rotation" not in daemon.ctl("incidents", daemon.ledger_file()).out, "no incident")
        check("errand_result" in daemon.ctl("verify", daemon.ledger_file(), "--list").out, "listed")
        daemon.told("errand_done")
    with case("a wrong period or project is refused before anything is asked"):
        for words, status in ((("prod", "--period", "89"), 2), (("prod", "--period", "2561"), 2), (("nowhere",), 1),
                              (("prod/eu-west-1",), 1)):
            answer = daemon.ctl("rotation", "enable", *words)
            check(answer.status == status, (words, answer))
        check(len(key.sent("EnableKeyRotation")) == 1, key.sent("EnableKeyRotation"))
    with case("what KMS does not permit is told, and nothing is tried again"):
        cloud.key(deny_self=["EnableKeyRotation"])
        answer = key.ask("rotation", "enable", "prod")
        check(answer.status == 1 and "not permitted" in answer.err and "AccessDenied" in answer.err, answer)
        check(len(key.sent("EnableKeyRotation")) == 2, key.sent("EnableKeyRotation"))
        check(errands(daemon)[-1] == ("errand_result", "enable_rotation", "denied"), errands(daemon))
        daemon.told("errand_failed")
    daemon.stop()


def refused(bench):
    key = Key(bench)
    daemon, cloud = key.daemon, key.cloud
    with case("a disabled, an imported and an asymmetric key: refused in words, nothing is sent"):
        for members, words in (({"state": "Disabled"}, "disabled"), ({"origin": "EXTERNAL"}, "not made by AWS KMS"),
                               ({"origin": "AWS_KMS", "key_spec": "RSA_2048"}, "not symmetric")):
            cloud.key(now=True, **members)
            answer = key.ask("rotation", "enable", "prod")
            check(answer.status == 1 and words in answer.err, (members, answer))
            cloud.key(now=True, state="Enabled")
        check(not key.sent("EnableKeyRotation"), key.sent("EnableKeyRotation"))
    daemon.stop()


def lost(bench):
    """An answer that is lost, and a daemon that dies with an errand in flight."""
    key = Key(bench)
    daemon, cloud = key.daemon, key.cloud
    with case("an answer that is lost: told as not known, in status too, until it is asked for again"):
        cloud.fault("kms", "drop-after", op="EnableKeyRotation", count=1)
        answer = key.ask("rotation", "enable", "prod")
        check(answer.status == 1 and "not known" in answer.err, answer)
        daemon.told("errand_unsure")
        check(any("not known" in p for p in daemon.status()["problems"]), daemon.status()["problems"])
        check(len(key.sent("EnableKeyRotation")) == 1, "sent once")
        check(key.ask("rotation", "enable", "prod").status == 0, "asked again")
        check(not any("not known" in p for p in daemon.status()["problems"]), daemon.status()["problems"])
    with case("killed with one in flight: unsure after the restart, not sent again; the next closes it"):
        since = cloud.mark()
        cloud.fault("kms", "hang", op="EnableKeyRotation", count=1, effect=True)
        asked = threading.Thread(target=key.ask, args=("rotation", "enable", "prod"))
        asked.start()
        wait_for(lambda: key.sent("EnableKeyRotation", since), "it is on its way")
        check("another change" in key.ask("rotation", "enable", "prod").err, "one at a time")
        daemon.kill()
        asked.join()
        cloud.clear_faults()
        told = len(daemon.notices("errand_unsure"))
        daemon.start()
        wait_for(lambda: len(daemon.notices("errand_unsure")) > told, "told")
        check(any("not known" in p for p in daemon.status()["problems"]), daemon.status()["problems"])
        daemon.looks(3)
        check(len(key.sent("EnableKeyRotation", since)) == 1, "sent once")
        check(key.ask("rotation", "enable", "prod").status == 0, "asked again")
        check(not any("not known" in p for p in daemon.status()["problems"]), daemon.status()["problems"])
    with case("a client that leaves stops nothing"):
        since = cloud.mark()
        cloud.fault("kms", "slow-answer", op="EnableKeyRotation", count=1, ms=round(700 * TIME_FACTOR))
        ended = errands(daemon).count(("errand_result", "enable_rotation", "accepted"))
        try:
            daemon.ctl("rotation", "enable", "prod", timeout=0.4)
        except Exception:  # pylint: disable=broad-except
            pass  # it was killed
        wait_for(lambda: errands(daemon).count(("errand_result", "enable_rotation", "accepted")) == ended + 1, "its result")
    check(daemon.verify().status == 0, daemon.verify())
    daemon.stop()


def deletion(bench):
    key = Key(bench, propagation_ms=300)
    daemon, cloud = key.daemon, key.cloud
    with case("key cancel-deletion: cancelled and enabled, each with its records, although KMS tells of it late"):
        cloud.key("schedule-deletion")
        daemon.told("needs_approval")
        answer = key.ask("rotation", "enable", "prod")
        check(answer.status == 1 and "pending deletion" in answer.err, answer)
        check(key.ask("key", "cancel-deletion", "prod").status == 2, "nobody can be asked")
        answer = key.ask("key", "cancel-deletion", "prod", "--yes")
        check(answer.status == 0 and answer.out.count("Done:") == 2, answer)
        check(cloud.key_state()["state"] == "Enabled", cloud.key_state())
        check([e for e in errands(daemon) if e[0] == "errand_result"] ==
              [("errand_result", "cancel_deletion", "accepted"), ("errand_result", "enable_key", "accepted")], errands(daemon))
        daemon.wait_headline("usable")
    with case("given again it sends nothing, and says that it is so"):
        since = cloud.mark()
        answer = key.ask("key", "cancel-deletion", "prod", "--yes", "--json")
        check(answer.status == 0 and "nothing was sent" in answer.json()["cancel_deletion"]["text"], answer)
        check(not key.sent("CancelKeyDeletion", since) and not key.sent("EnableKey", since), cloud.log(since))
    daemon.stop()


with Bench() as bench:
    together(*(lambda f=f: f(bench) for f in (enable, refused, lost, deletion)))
tap.done()
