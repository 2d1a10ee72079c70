# SPDX-License-Identifier: Apache-2.0
"""rotation: what an operator asks cmekd to change at a key, one change at a time: each with a durable intent and one result,
sent once, and its end told to who asked."""
import os
import sys
import threading
import time

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
        """What is printed is wrapped; what is asked for is not."""
        answer = self.daemon.ctl(*words, "--reason", "told to")
        answer.err = " ".join(answer.err.split())
        return answer

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


def revoked(bench):
    key = Key(bench)
    daemon, cloud = key.daemon, key.cloud
    with case("while an operator's revoke is in force a deletion is cancelled, but the key is not enabled, nor rotated"):
        check(daemon.ctl("revoke", "prod", "--yes", "--wait").status == 0, "dark")
        cloud.key("schedule-deletion", now=True)
        wait_for(lambda: daemon.binding()["keyState"] == "PendingDeletion", "seen")
        answer = key.ask("key", "cancel-deletion", "prod", "--yes")
        check(answer.status == 1 and "Done: cancel the deletion" in answer.out and "operator's revoke" in answer.err and
              "still disabled" in answer.err, answer)
        check("operator's revoke" in key.ask("rotation", "now", "prod", "--yes").err, "rotation")
        check(cloud.key_state()["state"] == "Disabled" and not key.sent("EnableKey") and not key.sent("RotateKeyOnDemand"),
              cloud.key_state())
        check(daemon.headline() == "dark", daemon.status())
    daemon.stop()


def rows(answer):
    """The table of cmekctl rotation without its head."""
    return answer.out.rstrip("\n").split("\n")[1:]


def shown(bench):
    """What cmekctl rotation tells, and one on demand."""
    key = Key(bench, regions=("us-west-2", "eu-west-1"), settings={"RotationInterval": "300ms"}, rotation_ms=3600000)
    daemon, cloud = key.daemon, key.cloud

    def told(what):
        wait_for(lambda: any(what in row for row in rows(daemon.ctl("rotation", "prod"))), what)
    with case("rotation: on, never rotated, none of 25 used; a key that does not rotate exits 3"):
        told("every 365 days")
        told("0 of 25 used")
        check(all("never" in row for row in rows(daemon.ctl("rotation"))), daemon.ctl("rotation"))
        check(daemon.ctl("rotation").status == 0, daemon.ctl("rotation"))
        cloud.key(now=True, rotation_enabled=False, arn=cloud.arn(1))
        daemon.told("rotation_off")
        told(" off")
        check(daemon.ctl("rotation").status == 3, daemon.ctl("rotation"))
        keys = daemon.ctl("rotation", "--json").json()["projects"][0]["keys"]
        check([k["rotation"]["enabled"] for k in keys] == [True, False] and keys[0]["rotation"]["onDemandMax"] == 25, keys)
    with case("rotation now: which key must be said; one request; seen when it is done; the ARN stays"):
        check("say whose region" in key.ask("rotation", "now", "prod", "--yes").err, "two keys")
        check(key.ask("rotation", "now", "prod/us-west-2").status == 2, "nobody can be asked")
        answer = key.ask("rotation", "now", "prod/us-west-2", "--yes")
        check(answer.status == 0 and "Done: rotate the key material now" in answer.out, answer)
        told("in progress")
        again = key.ask("rotation", "now", "prod/us-west-2", "--yes")
        check(again.status == 0 and "nothing was sent" in " ".join(again.out.split()), again)
        cloud.key("rotate", now=True, on_demand_start=0)  # it is done
        daemon.told("rotated")
        told("1 of 25 used")
        cloud.config(rotation_ms=0)
        check(len(key.sent("RotateKeyOnDemand")) == 1, key.sent("RotateKeyOnDemand"))
        daemon.wait_headline("usable")
    with case("an answer that is lost: the next finds that it happened, and sends nothing"):
        since = cloud.mark()
        cloud.fault("kms", "drop-after", op="RotateKeyOnDemand", count=1)
        check("not known" in key.ask("rotation", "now", "prod/us-west-2", "--yes").err, "lost")
        told("2 of 25 used")
        answer = key.ask("rotation", "now", "prod/us-west-2", "--yes")
        check(answer.status == 0 and "nothing was sent" in " ".join(answer.out.split()), answer)
        check(len(key.sent("RotateKeyOnDemand", since)) == 1, cloud.log(since, op="RotateKeyOnDemand"))
        check(not any("not known" in p for p in daemon.status()["problems"]), daemon.status()["problems"])
    with case("one that was lost before it arrived: too soon to be sure; not sent again, but told"):
        since = cloud.mark()
        cloud.fault("kms", "drop-before", op="RotateKeyOnDemand", count=1)
        check("not known" in key.ask("rotation", "now", "prod/eu-west-1", "--yes").err, "lost")
        for _ in range(2):
            answer = key.ask("rotation", "now", "prod/eu-west-1", "--yes")
            check(answer.status == 1 and "may still be on its way" in answer.err, answer)
        check(len(key.sent("RotateKeyOnDemand", since)) == 1, cloud.log(since, op="RotateKeyOnDemand"))
    with case("all 25 are used: KMS says so"):
        for _ in range(24):
            cloud.key("rotate")
        answer = key.ask("rotation", "now", "prod/us-west-2", "--yes")
        check(answer.status == 1 and "LimitExceeded" in answer.err, answer)
    with case("without kms:ListKeyRotations the rest is told all the same"):
        cloud.key(deny_self=["ListKeyRotations"])
        told("kms:ListKeyRotations")
        check("every 365 days" in rows(daemon.ctl("rotation"))[0], daemon.ctl("rotation"))
    daemon.stop()


def alerts(bench):
    key = Key(bench, settings={"RotationInterval": "200ms"})
    daemon, cloud = key.daemon, key.cloud
    with case("a rotation is told a week ahead, and that it is overdue"):
        cloud.key(now=True, next_rotation=int(time.time()) + 5 * 86400)
        daemon.told("rotation_soon")
        cloud.key(now=True, next_rotation=int(time.time()) - 3 * 86400)
        daemon.told("rotation_overdue")
        check(daemon.ctl("rotation").status == 3 and "overdue" in daemon.ctl("rotation").out, daemon.ctl("rotation"))
        cloud.key(now=True, next_rotation=int(time.time()) + 300 * 86400)
    with case("pending deletion: a countdown with the command that cancels it; silent about rotation"):
        cloud.key("schedule-deletion", now=True, days=7)
        told = daemon.told("deletion_ahead")
        check("cmekctl key cancel-deletion prod/us-west-2" in told["MESSAGE"] and "(in 6 days)" in told["MESSAGE"], told)
        wait_for(lambda: "stopped" in daemon.ctl("rotation").out, "that rotation is stopped")
        answer = daemon.ctl("rotation")
        check("cancel-deletion prod/us-west-2" in answer.out and answer.status == 0, answer)
        check(not daemon.notices("rotation_off"), daemon.notices("rotation_off"))
        check(key.ask("key", "cancel-deletion", "prod", "--yes").status == 0, "cancelled")
        daemon.wait_headline("usable")
        check(len(daemon.notices("deletion_ahead")) == 1 and not daemon.notices("rotation_off"), daemon.notices())
    daemon.stop()


with Bench() as bench:
    together(*(lambda f=f: f(bench) for f in (enable, refused, lost, deletion, revoked, shown, alerts)))
tap.done()
