# SPDX-License-Identifier: Apache-2.0
"""revoke_ways: the ways to revoke beside the default one: clusters first, and what goes with it."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Bench, case, check, tap, together, wait_for
from world import World


def states(cloud):
    return {c["name"]: c["state"] for c in cloud.state()["clusters"]}


def flat(got):
    return " ".join((got.out + got.err).split())


def clusters_first(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    with case("both --pause-only and --pause-first: a mistake, said before anything is asked"):
        got = daemon.ctl("revoke", "prod", "--pause-only", "--pause-first", "--yes")
        check(got.status == 2 and "give one of them" in flat(got) and daemon.phase() == "none", got)
        try:
            daemon.call("io.cmekd.Revoke", {"project": "prod", "pauseOnly": True, "pauseFirst": True, "sharedKey": False})
            check(False, "it was taken")
        except Exception as e:
            check("pauseFirst" in str(e), str(e))
    with case("the plan says which order fits: the key first, but for a cluster at work"):
        check("no cluster is known to be at work" in flat(daemon.ctl("revoke", "prod", "--dry-run")), "key first")
        cloud.cluster("orders", state="IMPORTING")
        wait_for(lambda: "busy" in {c["state"] for c in daemon.binding()["clusters"]}, "IMPORTING is read")
        check("pause first (--pause-first)" in flat(daemon.ctl("revoke", "prod", "--dry-run")), "pause first")
        got = daemon.ctl("revoke", "prod", "--dry-run", "--json").json()["plan"][0]
        check(got["order"] == "pause_first" and "orders" in got["orderText"], got)
    with case("the plan shows the statement, the refusals to expect, and what the requests take"):
        statement = json.loads("".join(line.removeprefix("+ ") for line in got["policyDiff"].splitlines()))
        check(statement["Effect"] == "Deny" and statement["Sid"] in got["policyChange"], got)
        check(got["refusals"] == ["orders is busy"] and got["requests"] >= 4 and got["estimateMs"] > 0, got)
        check("expected: orders is busy" in flat(daemon.ctl("revoke", "prod", "--dry-run")), got)
    mark = cloud.mark()
    with case("--pause-first: a cluster at work holds the cut back; status names it and says how to go on"):
        check(daemon.ctl("revoke", "prod", "--pause-first", "--yes").status == 0, daemon.status())
        wait_for(lambda: states(cloud)["billing"] == "PAUSED", "billing is paused")
        daemon.looks(8)
        got = daemon.ctl("status", "prod")
        check(got.status == 3 and "NOT cut yet" in flat(got) and "orders (busy)" in flat(got), got)
        check("cmekctl revoke prod/us-west-2" in flat(got) and "NOT DARK" in got.out, got)
        got = daemon.call("io.cmekd.Plan", {"project": "prod", "verb": "restore"})["bindings"][0]
        check("policyDiff" not in got and got["policyChange"].startswith("none"), got)
        incident = daemon.binding()["incident"]
        check("pause_first" in incident["how"] and incident["cut"] == "after_pauses", incident)
        check(not cloud.acts("PutKeyPolicy", mark), cloud.acts("PutKeyPolicy", mark))
    with case("a cmekd that is killed meanwhile goes on waiting"):
        daemon.kill()
        daemon.start()
        daemon.looks(8)
        check(daemon.binding()["incident"]["cut"] == "after_pauses", daemon.binding())
        check(not cloud.acts("PutKeyPolicy", mark), cloud.acts("PutKeyPolicy", mark))
    with case("once every cluster is PAUSED the key is cut, and it is dark"):
        cloud.cluster("orders", state="ACTIVE")
        daemon.wait_headline("dark")
        puts, pauses = cloud.acts("PutKeyPolicy", mark), cloud.pauses(mark)
        check(len(puts) == 1 and puts[0]["seq"] > max(e["seq"] for e in pauses), (puts, pauses))
        check(daemon.ctl("restore", "prod", "--wait", "--yes").status == 0, daemon.status())
        check(json.loads(cloud.key_state(key)["policy"]) == json.loads(original), cloud.key_state(key))
    with case("asked again without --pause-first, the key is cut at once"):
        cloud.cluster("orders", state="IMPORTING")
        wait_for(lambda: "busy" in {c["state"] for c in daemon.binding()["clusters"]}, "IMPORTING is read")
        check(daemon.ctl("revoke", "prod", "--pause-first", "--yes").status == 0, daemon.status())
        wait_for(lambda: daemon.binding()["incident"]["cut"] == "after_pauses", "it waits")
        got = daemon.ctl("revoke", "prod", "--pause-first", "--yes")
        check(got.status == 1 and "already" in flat(got), got)
        got = daemon.ctl("revoke", "prod", "--yes")
        check(got.status == 0, got)
        wait_for(lambda: daemon.binding()["incident"]["cut"] == "made", "cut")
        check(states(cloud)["orders"] == "IMPORTING", states(cloud))
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        cloud.cluster("orders", state="ACTIVE")
        daemon.wait_headline("usable")


def two_at_once(cloud, daemon, key):
    """Whoever comes second is told so; the order of revoke and restore is that of the ledger."""
    with case("two operators revoke at once: one revoke, the other is told that it is so already"):
        mark, got = cloud.mark(), []
        together(*[lambda: got.append(daemon.ctl("revoke", "prod", "--yes"))] * 2)
        check(sorted(g.status for g in got) == [0, 1], got)
        check("already" in flat(max(got, key=lambda g: g.status)), got)
        daemon.wait_headline("dark")
        check(len(cloud.acts("PutKeyPolicy", mark)) == 1, cloud.acts("PutKeyPolicy", mark))
        check(len([r for r in daemon.ledger() if r["type"] == "cut_intent" and r["incident"] ==
                   daemon.binding()["incident"]["id"]]) == 1, daemon.ledger())
    with case("two restore at once: one restore, and no second change of the key policy"):
        mark, got = cloud.mark(), []
        together(*[lambda: got.append(daemon.ctl("restore", "prod", "--yes"))] * 2)
        check(sorted(g.status for g in got) == [0, 1], got)
        daemon.wait_headline("usable")
        check(len(cloud.acts("PutKeyPolicy", mark)) == 1, cloud.acts("PutKeyPolicy", mark))


def disabled_by_hand(cloud, daemon, key):
    with case("where the policy may not be changed, a person may disable the key instead; cmekd goes on when it sees that"):
        before, mark = states(cloud), cloud.mark()
        cloud.key(None, key, now=True, deny_self=["PutKeyPolicy"])
        check(daemon.ctl("revoke", "prod", "--yes").status == 0, daemon.status())
        wait_for(lambda: daemon.binding()["incident"].get("byHand"), "by hand")
        check("aws kms disable-key" in daemon.ctl("status", "prod").out, daemon.ctl("status", "prod"))
        check(states(cloud) == before, states(cloud))
        check(alive(cloud, key) and not cloud.acts("RevokeGrant", mark), "no grant is revoked before")
        cloud.key("disable", key)
        daemon.wait_headline("dark")
    with case("and the grants are revoked as asked, whoever cut the key"):
        wait_for(lambda: daemon.binding()["grantsAlive"] == 0, "none is left alive")
        check(cloud.log(mark, op="RevokeGrant", effect="true") and not alive(cloud, key), alive(cloud, key))
    with case("restore does not enable what a person disabled: nothing is resumed before a person has"):
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        daemon.looks(15)
        check(cloud.key_state(key)["state"] == "Disabled" and states(cloud)["orders"] == "PAUSED", states(cloud))
        cloud.key("enable", key)
        daemon.wait_headline("usable")
        cloud.key(None, key, now=True, deny_self=False)
        check(states(cloud) == before, states(cloud))


def alive(cloud, key):
    return cloud.key_state(key)["grants"]


def grants(cloud, daemon, key):
    """The stand-in's EBS leaves its grants when a cluster is paused (grants_outlive_pause)."""
    before = alive(cloud, key)
    check(before, "the world has grants")
    with case("--keep-grants: dark, and the vendor's grants are counted and left"):
        mark = cloud.mark()
        got = daemon.ctl("revoke", "prod", "--keep-grants", "--yes", "--wait")
        check(got.status == 0 and "left alone (--keep-grants)" in flat(got), got)
        check(daemon.binding()["grantsAlive"] > 0 and not cloud.acts("RevokeGrant", mark), daemon.binding())
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
    with case("without the permission: told once, with what a person has to do; and it goes on when it is given"):
        mark = cloud.mark()
        cloud.key(None, key, now=True, deny_self=["RevokeGrant"])
        check(daemon.ctl("revoke", "prod", "--yes", "--wait").status == 0, daemon.status())
        daemon.told("grants_by_hand")
        got = daemon.ctl("status", "prod")
        check("aws kms revoke-grant" in got.out and "kms:RevokeGrant" in flat(got), got)
        check(daemon.headline() == "dark" and not cloud.acts("PutKeyPolicy", cloud.mark()), daemon.status())
        cloud.key(None, key, now=True, deny_self=False)
        wait_for(lambda: daemon.binding()["grantsAlive"] == 0, "none is left alive")
        check(len(daemon.notices("grants_by_hand")) == 1, daemon.notices("grants_by_hand"))
        check("aws kms revoke-grant" not in daemon.ctl("status", "prod").out, daemon.ctl("status", "prod"))
    with case("each batch is written down before the first is revoked, and the ids are in its digest"):
        incident = daemon.binding()["incident"]
        revoked = cloud.log(mark, op="RevokeGrant", effect="true")
        check(len(revoked) == incident["grantsRevoked"] > 0, (revoked, incident))
        check(not alive(cloud, key), alive(cloud, key))
        records = [r for r in daemon.ledger() if r["type"].startswith("grants_") and r["incident"] == incident["id"]]
        # A look that comes late stops a batch; the rest is listed, and written down, anew.
        ends = [r for r in records if r["type"] == "grants_result"]
        check(sum(r["count"] for r in ends) == len(revoked), records)
        check(ends[-1]["result"] == "accepted" and ends[-1]["message"].startswith("grants ") and ends[-1]["request"], ends)
        for end in ends:
            intent = next(r for r in records if r["type"] == "grants_intent" and r["op"] == end["op"])
            check(intent["seq"] < end["seq"] and intent["count"] >= end["count"] and intent["grants"] == end["grants"], records)
    with case("restore tells how many were revoked; the clusters come back with new ones"):
        got = daemon.ctl("restore", "prod", "--yes", "--wait")
        check(got.status == 0 and f"{len(revoked)} of TiDB Cloud were revoked" in flat(got), got)
        check(alive(cloud, key), "no new grant")
    with case("a key that serves another project: its grants are left alone"):
        mark = cloud.mark()
        got = daemon.ctl("revoke", "left", "--shared-key", "--yes", "--wait")
        check(got.status == 0 and "other projects on this key" in flat(got), got)
        daemon.looks(8)
        check(not cloud.acts("RevokeGrant", mark), cloud.acts("RevokeGrant", mark))
        check(daemon.binding("left")["incident"]["how"] == [], daemon.binding("left"))
        check(daemon.ctl("restore", "left", "--yes", "--wait").status == 0, daemon.status("left"))


world = World(grants_outlive_pause=True)
world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"})
both = world.key()
world.project("left", {"l": "ACTIVE"}, keys=[both])
world.project("right", {"r": "PAUSED"}, keys=[both])
with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, settings={"GracePeriod": "300ms"}).start()
    daemon.wait_headline("usable")
    daemon.wait_headline("usable", "left")
    clusters_first(cloud, daemon, cloud.arn())
    grants(cloud, daemon, cloud.arn())
    two_at_once(cloud, daemon, cloud.arn())
    disabled_by_hand(cloud, daemon, cloud.arn())
    with case("the ledger verifies, and show tells how it was asked"):
        check(daemon.verify().status == 0, daemon.verify())
        daemon.stop()
tap.done()
