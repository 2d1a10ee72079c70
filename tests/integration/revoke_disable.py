# SPDX-License-Identifier: Apache-2.0
"""revoke_disable: revoke --disable-key: a key is cut by disabling it, and enabled again only by the revoke that disabled it."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Bench, case, check, tap, wait_for
from world import one_and_two_that_share


def flat(got):
    return " ".join((got.out + got.err).split())


def state(cloud, key):
    return cloud.key_state(key)["state"]


def incident(daemon, project="prod"):
    return daemon.binding(project)["incident"]


def wait_cut(daemon, cut, means, project="prod"):
    wait_for(lambda: (incident(daemon, project) or {}).get("cut") == cut and incident(daemon, project)["means"] == means,
             f"{cut} by {means}")


def mistakes(cloud, daemon, key):
    with case("--disable-key with --pause-only, and --accept-loss without it: said before anything is asked"):
        got = daemon.ctl("revoke", "prod", "--pause-only", "--disable-key", "--yes")
        check(got.status == 2 and "give one of them" in flat(got), got)
        got = daemon.ctl("revoke", "prod", "--accept-loss", "--yes")
        check(got.status == 2 and "for --disable-key" in flat(got), got)
        try:
            daemon.call("io.cmekd.Revoke", {"project": "prod", "pauseOnly": True, "disableKey": True, "sharedKey": False})
            check(False, "it was taken")
        except Exception as e:
            check("disableKey" in str(e), str(e))
    with case("the plan says what is done, that others lose the key too, and changes nothing"):
        mark = cloud.mark()
        got = daemon.ctl("revoke", "prod", "--disable-key", "--dry-run")
        check(got.status == 0 and "the key is disabled: nobody can use it, its own account included" in flat(got), got)
        check("none: the key itself is disabled" in flat(got) and "Deny kms:*" not in flat(got), got)
        plan = daemon.ctl("revoke", "prod", "--disable-key", "--dry-run", "--json").json()["plan"][0]
        check("keyChange" in plan and plan["keyUsers"] == [] and "policyDiff" not in plan, plan)
        check(not cloud.acts("DisableKey", mark) and state(cloud, key) == "Enabled", cloud.acts("DisableKey", mark))


def way(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    with case("revoke --disable-key --wait: dark, by one DisableKey, and the policy is left alone"):
        mark = cloud.mark()
        got = daemon.ctl("revoke", "prod", "--disable-key", "--keep-grants", "--yes", "--wait")
        check(got.status == 0 and "DARK" in got.out, got)
        check(len(cloud.acts("DisableKey", mark)) == 1 and not cloud.acts("PutKeyPolicy", mark), cloud.log(mark))
        check(state(cloud, key) == "Disabled" and cloud.key_state(key)["policy"] == original, cloud.key_state(key))
    with case("it is no loss of somebody's: status, explain, show and the ledger say who disabled it"):
        check(incident(daemon)["causes"] == ["operator"] and "disable_key" in incident(daemon)["how"], incident(daemon))
        check(incident(daemon)["stands"] == ["disable"] and daemon.binding()["reason"] == "own_disable", daemon.binding())
        got = daemon.ctl("status", "prod")
        check("the key is disabled" in flat(got) and "cmekd disabled the key for this incident" in flat(got), got)
        check("cmekd disabled the key for this incident" in flat(daemon.ctl("explain", "prod")), daemon.ctl("explain", "prod"))
        number = incident(daemon)["id"]
        got = daemon.ctl("show", f"prod#{number}", "--state-dir", str(daemon.state_dir))
        check("disabling the key" in flat(got) and "disabling of the key accepted" in flat(got), got)
        records = [r for r in daemon.ledger() if r["type"] == "cut_intent" and r["incident"] == number]
        check([r["means"] for r in records] == ["disable"] and records[0]["stands"] == ["disable"], records)
    with case("asked for again it is so already"):
        got = daemon.ctl("revoke", "prod", "--disable-key", "--yes")
        check(got.status == 1 and "already" in flat(got), got)
    with case("a cmekd that is killed does not forget whose it is"):
        daemon.kill()
        daemon.start()
        daemon.wait_headline("dark")
        check(daemon.binding()["reason"] == "own_disable" and incident(daemon)["causes"] == ["operator"], daemon.binding())
    with case("the plan of restore says that the key is enabled; restore does it, and the clusters come back"):
        check("which this incident disabled, is enabled" in flat(daemon.ctl("restore", "prod", "--dry-run")),
              daemon.ctl("restore", "prod", "--dry-run"))
        mark = cloud.mark()
        got = daemon.ctl("restore", "prod", "--yes", "--wait")
        check(got.status == 0, got)
        check(len(cloud.acts("EnableKey", mark)) == 1 and not cloud.acts("PutKeyPolicy", mark), cloud.log(mark))
        check(state(cloud, key) == "Enabled", state(cloud, key))
        daemon.wait_headline("usable")


def others(cloud, daemon, key):
    with case("what others had disabled is not enabled by the restore; the plan says so, and status what to do"):
        cloud.key("disable", key, now=True)
        wait_for(lambda: daemon.binding()["reason"] == "key_disabled", "it is seen")
        got = daemon.ctl("revoke", "prod", "--disable-key", "--yes", "--dry-run")
        check("disabled already, and not by cmekd" in flat(got), got)
        check(daemon.ctl("revoke", "prod", "--disable-key", "--keep-grants", "--yes", "--wait").status == 0, daemon.status())
        wait_cut(daemon, "made", "disable")
        check(incident(daemon)["stands"] == [] and "but not by cmekd" in flat(daemon.ctl("status", "prod")), incident(daemon))
        mark = cloud.mark()
        check("not by this incident" in flat(daemon.ctl("restore", "prod", "--dry-run")), daemon.ctl("restore", "prod", "--dry-run"))
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        daemon.told("key_left_disabled")
        daemon.looks(10)
        check(state(cloud, key) == "Disabled" and not cloud.acts("EnableKey", mark), cloud.acts("EnableKey", mark))
        cloud.key("enable", key, now=True)
        daemon.wait_headline("usable")
    with case("somebody enables it while it is revoked: revoke_undone; what is disabled after that is theirs"):
        check(daemon.ctl("revoke", "prod", "--disable-key", "--keep-grants", "--yes", "--wait").status == 0, daemon.status())
        cloud.key("enable", key, now=True)
        daemon.told("revoke_undone")
        wait_for(lambda: incident(daemon)["stands"] == [], "not ours any more")
        cloud.key("disable", key, now=True)
        daemon.wait_headline("dark")
        mark = cloud.mark()
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        daemon.looks(10)
        check(state(cloud, key) == "Disabled" and not cloud.acts("EnableKey", mark), cloud.acts("EnableKey", mark))
        cloud.key("enable", key, now=True)
        daemon.wait_headline("usable")


def again(cloud, daemon, key):
    with case("what others undid is made again by a second revoke: a key that was enabled, a policy that was put back"):
        original = cloud.key_state(key)["policy"]
        check(daemon.ctl("revoke", "prod", "--disable-key", "--keep-grants", "--yes", "--wait").status == 0, daemon.status())
        cloud.key("enable", key, now=True)
        wait_for(lambda: daemon.headline() == "undone" or "cmekctl revoke again" in flat(daemon.ctl("status", "prod")), "undone")
        check(daemon.ctl("revoke", "prod", "--disable-key", "--keep-grants", "--yes", "--wait").status == 0, daemon.status())
        check(state(cloud, key) == "Disabled" and incident(daemon)["stands"] == ["disable"], incident(daemon))
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0 and state(cloud, key) == "Enabled", daemon.status())
        check(daemon.ctl("revoke", "prod", "--keep-grants", "--yes", "--wait").status == 0, daemon.status())
        cloud.key("put-policy", key, now=True, policy=original)
        wait_for(lambda: "cmekctl revoke again" in flat(daemon.ctl("status", "prod")), "undone")
        check("one statement is added" in flat(daemon.ctl("revoke", "prod", "--dry-run")), daemon.ctl("revoke", "prod", "--dry-run"))
        check(daemon.ctl("revoke", "prod", "--keep-grants", "--yes", "--wait").status == 0, daemon.status())
        check("CmekdCut" in cloud.key_state(key)["policy"], cloud.key_state(key))
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
        check("CmekdCut" not in cloud.key_state(key)["policy"], cloud.key_state(key))


def permissions(cloud, daemon, key):
    with case("the policy may not be changed: what is printed names --disable-key, and a second revoke with it does it"):
        cloud.key(None, key, now=True, deny_self=["PutKeyPolicy"])
        check(daemon.ctl("revoke", "prod", "--keep-grants", "--yes").status == 0, daemon.status())
        wait_for(lambda: incident(daemon).get("byHand"), "by hand")
        check("revoke --disable-key" in flat(daemon.ctl("status", "prod")), daemon.ctl("status", "prod"))
        check(daemon.ctl("revoke", "prod", "--disable-key", "--keep-grants", "--yes", "--wait").status == 0, daemon.status())
        check(state(cloud, key) == "Disabled" and "byHand" not in incident(daemon), incident(daemon))
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
        check(state(cloud, key) == "Enabled", state(cloud, key))
    with case("the key may not be disabled: what a person has to do is printed; a revoke without the option adds the statement"):
        cloud.key(None, key, now=True, deny_self=["DisableKey"])
        check(daemon.ctl("revoke", "prod", "--disable-key", "--keep-grants", "--yes").status == 0, daemon.status())
        wait_for(lambda: incident(daemon).get("byHand"), "by hand")
        got = daemon.ctl("status", "prod")
        check("aws kms disable-key" in got.out and "may not disable the key" in flat(got), got)
        check(daemon.ctl("revoke", "prod", "--keep-grants", "--yes", "--wait").status == 0, daemon.status())
        check(state(cloud, key) == "Enabled" and incident(daemon)["means"] == "deny", incident(daemon))
    with case("disabled besides: both are undone, the statement and the key"):
        cloud.key(None, key, now=True, deny_self=False)
        check(daemon.ctl("revoke", "prod", "--disable-key", "--yes").status == 0, daemon.status())
        wait_cut(daemon, "made", "disable")
        check(incident(daemon)["stands"] == ["deny", "disable"] and daemon.headline() == "dark", incident(daemon))
        check("Deny statement stands in the key policy too" in flat(daemon.ctl("status", "prod")), daemon.ctl("status", "prod"))
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
        check(state(cloud, key) == "Enabled" and "CmekdCut" not in cloud.key_state(key)["policy"], cloud.key_state(key))
    with case("the key may not be enabled: by hand, and cmekd goes on when it sees that"):
        check(daemon.ctl("revoke", "prod", "--disable-key", "--keep-grants", "--yes", "--wait").status == 0, daemon.status())
        cloud.key(None, key, now=True, deny_self=["EnableKey"])
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        wait_for(lambda: (incident(daemon) or {}).get("byHand"), "by hand")
        check("aws kms enable-key" in daemon.ctl("status", "prod").out, daemon.ctl("status", "prod"))
        cloud.key("enable", key, now=True)
        daemon.wait_headline("usable")
        cloud.key(None, key, now=True, deny_self=False)


def unanswered(cloud, daemon, key):
    with case("EnableKey gets no answer, and was not taken: it is sent again"):
        check(daemon.ctl("revoke", "prod", "--disable-key", "--keep-grants", "--yes", "--wait").status == 0, daemon.status())
        mark = cloud.mark()
        cloud.fault("kms", "drop-before", op="EnableKey", count=1)
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
        check(state(cloud, key) == "Enabled" and len(cloud.acts("EnableKey", mark)) == 2, cloud.acts("EnableKey", mark))
        results = [r["result"] for r in daemon.ledger() if r["type"] == "cut_result"][-2:]
        check(results == ["lost", "accepted"], results)
        daemon.wait_headline("usable")


def another_user(cloud, daemon, key):
    policy = json.loads(cloud.key_state(key)["policy"])
    with case("whom the key policy lets use the key beside TiDB Cloud is named, and refused without --accept-loss"):
        policy["Statement"].append({"Sid": "Backups", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
                                    "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"})
        before = cloud.key_state(key)["policy"]
        cloud.key("put-policy", key, now=True, policy=json.dumps(policy))
        daemon.looks(4)
        got = daemon.ctl("revoke", "prod", "--disable-key", "--yes")
        check(got.status == 1 and "999988887777" in flat(got) and "--accept-loss" in flat(got), got)
        try:
            daemon.call("io.cmekd.Revoke", {"project": "prod", "pauseOnly": False, "disableKey": True, "sharedKey": False})
            check(False, "it was taken")
        except Exception as e:
            check("999988887777" in str(e), str(e))
        check(state(cloud, key) == "Enabled" and daemon.phase() == "none", daemon.status())
        got = daemon.ctl("revoke", "prod", "--disable-key", "--accept-loss", "--yes", "--wait")
        check(got.status == 0 and "lose it" in flat(got), got)
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
        cloud.key("put-policy", key, now=True, policy=before)


def shared(cloud, daemon, key):
    with case("a key that serves another project: refused without --shared-key; there it waits for a person, and is no loss to react to"):
        got = daemon.ctl("revoke", "left", "--disable-key", "--yes")
        check(got.status == 1 and "--shared-key" in flat(got), got)
        check(daemon.ctl("revoke", "left", "--disable-key", "--shared-key", "--yes", "--wait").status == 0, daemon.status("left"))
        wait_for(lambda: daemon.phase("right") == "waiting", "right waits")
        check(daemon.binding("right")["reason"] == "shared_key", daemon.binding("right"))
    with case("the other project cannot enable it under that revoke: refused, with whose it is, and what comes first"):
        mark = cloud.mark()
        got = daemon.ctl("key", "cancel-deletion", "right", "--yes")
        check(got.status == 1 and "cmekctl restore left comes first" in flat(got) and "still disabled" in flat(got), got)
        check(not cloud.acts("EnableKey", mark) and state(cloud, key) == "Disabled", cloud.acts("EnableKey", mark))
        check(not daemon.notices("revoke_undone", PROJECT="left"), daemon.notices("revoke_undone"))
    with case("both revoked: the first restore leaves the key disabled, and says for whom; the last one enables it"):
        check(daemon.ctl("revoke", "right", "--disable-key", "--shared-key", "--yes").status == 0, daemon.status("right"))
        wait_cut(daemon, "made", "disable", "right")
        check(incident(daemon, "right")["stands"] == [], incident(daemon, "right"))
        check("cmekctl restore right enables it" in flat(daemon.ctl("restore", "left", "--dry-run")),
              daemon.ctl("restore", "left", "--dry-run"))
        check(daemon.ctl("restore", "left", "--yes").status == 0, daemon.status("left"))
        wait_for(lambda: "project right uses it too" in flat(daemon.ctl("status", "left")), "it is said")
        daemon.looks(8)
        check(state(cloud, key) == "Disabled" and "byHand" not in incident(daemon, "left"), incident(daemon, "left"))
        check(daemon.ctl("restore", "right", "--yes").status == 0, daemon.status("right"))
        wait_for(lambda: state(cloud, key) == "Enabled", "enabled")
        daemon.wait_headline("usable", "left")
        daemon.wait_headline("usable", "right")


def unreadable(cloud, daemon, key):
    with case("a project whose configuration is broken still holds by its ledger what its revoke wants disabled"):
        check(daemon.ctl("revoke", "right", "--disable-key", "--shared-key", "--keep-grants", "--yes", "--wait").status == 0,
              daemon.status("right"))
        check(daemon.ctl("revoke", "left", "--disable-key", "--shared-key", "--keep-grants", "--yes").status == 0, daemon.status("left"))
        wait_cut(daemon, "made", "disable", "left")
        daemon.stop()
        daemon.write(daemon.project_file("left"), "[Project]\nId=none\n")
        daemon.start()
        check(daemon.headline("left") == "broken", daemon.status("left"))
        wait_for(lambda: daemon.headline("right") == "dark", "right is watched")
        mark = cloud.mark()
        check(daemon.ctl("restore", "right", "--yes").status == 0, daemon.status("right"))
        wait_for(lambda: "once its configuration is correct again, cmekctl restore left enables it" in flat(daemon.ctl("status", "right")), "said")
        daemon.looks(8)
        check(state(cloud, key) == "Disabled" and not cloud.acts("EnableKey", mark), cloud.acts("EnableKey", mark))
        got = daemon.ctl("restore", "left", "--yes")
        check(got.status == 1 and os.path.basename(daemon.project_file("left")) + ":2: Id=" in got.out + got.err, got)
    with case("mended and restored too, the key is enabled"):
        daemon.write_project("left")
        daemon.reload()
        wait_for(lambda: daemon.headline("left") != "broken" and daemon.phase("left") != "none", "left is watched")
        check(daemon.ctl("restore", "left", "--yes").status == 0, daemon.status("left"))
        wait_for(lambda: state(cloud, key) == "Enabled", "enabled", seconds=120)
        daemon.wait_headline("usable", "right")
        daemon.wait_headline("usable", "left")


world, both = one_and_two_that_share({"orders": "ACTIVE", "archive": "PAUSED"})
with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, settings={"Reaction": "observe"}).start()
    for name in ("prod", "left", "right"):
        daemon.wait_headline("usable", name)
    mistakes(cloud, daemon, cloud.arn())
    way(cloud, daemon, cloud.arn())
    others(cloud, daemon, cloud.arn())
    again(cloud, daemon, cloud.arn())
    permissions(cloud, daemon, cloud.arn())
    unanswered(cloud, daemon, cloud.arn())
    another_user(cloud, daemon, cloud.arn())
    shared(cloud, daemon, both)
    unreadable(cloud, daemon, both)
    with case("the ledgers verify"):
        check(daemon.verify().status == 0, daemon.verify())
        daemon.stop()
tap.done()
