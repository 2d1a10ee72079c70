# SPDX-License-Identifier: Apache-2.0
"""taken_out: revoke --remove-statements: TiDB Cloud is taken out of the key policy, which is kept as a file, and put back by restore."""
import glob
import hashlib
import json
import os
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Bench, case, check, tap, wait_for
from world import OWN, VENDOR, one_and_two_that_share


def flat(got):
    return " ".join((got.out + got.err).split())


def policy(cloud, key):
    return json.loads(cloud.key_state(key)["policy"])


def put(cloud, key, document, **members):
    cloud.key("put-policy", key, policy=document if isinstance(document, str) else json.dumps(document), **members)


def states(cloud, project="prod"):
    number = next(p["id"] for p in cloud.info["projects"] if p["name"] == project)
    return {c["name"]: c["state"] for c in cloud.state()["clusters"] if c["project"] == number}


def kept(daemon):
    return sorted(glob.glob(os.path.join(daemon.state_dir, "policy", "*.json")))


AUDITORS = {"Sid": "Auditors", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:role/audit"},
            "Action": "kms:DescribeKey", "Resource": "*"}


def plan_and_mistakes(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    with case("the plan shows what is taken out, and what becomes of grants; nothing is changed, nothing is kept yet"):
        got = daemon.ctl("revoke", "prod", "--remove-statements", "--dry-run")
        check(got.status == 0 and "is taken out" in flat(got) and "- Principal" in got.out, got)
        check("no Deny statement beats them" in flat(got) and "adds" not in flat(got), got)
        got = daemon.ctl("revoke", "prod", "--remove-statements", "--dry-run", "--json").json()["plan"][0]
        check("removed statement" in got["policyDiff"] and "losses" not in got and "policyTrouble" not in got, got)
        check(cloud.key_state(key)["policy"] == original and not kept(daemon), kept(daemon))
    with case("what does not go together, and a key that serves another project, is refused before anything is asked"):
        got = daemon.ctl("revoke", "prod", "--remove-statements", "--pause-only", "--yes")
        check(got.status == 2 and "give one of them" in flat(got), got)
        got = daemon.ctl("revoke", "prod", "--accept-loss", "--yes")
        check(got.status == 2 and "--remove-statements" in flat(got), got)
        got = daemon.ctl("revoke", "left", "--remove-statements", "--shared-key", "--yes")
        check(got.status == 1 and "is also used by right" in flat(got) and "Deny statement for each" in flat(got), got)
        check(daemon.phase("left") == "none" and daemon.phase() == "none", daemon.status())


def out_and_back(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    mark, before = cloud.mark(), states(cloud)
    with case("dark: the vendor is in no statement, the others stand, and no Deny was added"):
        got = daemon.ctl("revoke", "prod", "--remove-statements", "--yes", "--wait", "--reason", "as documented")
        check(got.status == 0 and "DARK" in got.out, got)
        now = policy(cloud, key)
        check(VENDOR not in json.dumps(now) and not [s for s in now["Statement"] if s["Effect"] == "Deny"], now)
        check([s for s in json.loads(original)["Statement"] if VENDOR not in json.dumps(s)] == now["Statement"], now)
        puts, pauses = cloud.acts("PutKeyPolicy", mark), cloud.pauses(mark)
        check(len(puts) == 1 and puts[0]["seq"] < min(e["seq"] for e in pauses), (puts, pauses))
    with case("grants, which nothing denies, are revoked; status and the reason say whose doing the loss is"):
        wait_for(lambda: daemon.binding()["grantsAlive"] == 0, "none is left alive")
        binding = daemon.binding()
        check(binding["reason"] == "own_remove" and binding["incident"]["causes"] == ["operator"], binding)
        check("remove_statements" in binding["incident"]["how"] and "keptOutBy" not in binding, binding)
        got = daemon.ctl("status", "prod")
        check("taken out of the key policy" in flat(got), got)
    with case("the policy is kept as a file for its owner alone, whose digest is in the ledger before the change"):
        (path,) = kept(daemon)
        with open(path, "rb") as f:
            text = f.read()
        check(text.decode() == original and stat.S_IMODE(os.stat(path).st_mode) == 0o600, (path, text))
        intent = next(r for r in daemon.ledger() if r["type"] == "cut_intent")
        check(intent["kept"] == hashlib.sha256(text).hexdigest() and intent["means"] == "remove", intent)
        check(intent["note"] == "as documented" and intent["kept"][:16] in path, intent)
    with case("killed and started again it knows what is kept; restore's plan says where, and what comes back"):
        daemon.kill()
        daemon.start()
        daemon.wait_headline("dark")
        got = daemon.ctl("restore", "prod", "--dry-run")
        check(path in got.out.replace("\n", "").replace(" ", "") or os.path.basename(path) in flat(got).replace(" ", ""), got)
        got = daemon.ctl("restore", "prod", "--dry-run", "--json").json()["plan"][0]
        check("added statement" in got["policyDiff"] and "policyTrouble" not in got, got)
    with case("restore puts back just that: the policy is what it was, byte for byte, and the clusters come back"):
        got = daemon.ctl("restore", "prod", "--yes", "--wait")
        check(got.status == 0 and cloud.key_state(key)["policy"] == original, cloud.key_state(key)["policy"])
        check(states(cloud) == before, states(cloud))
    with case("show tells both changes"):
        text = flat(daemon.ctl("show", "prod", "--state-dir", daemon.state_dir))
        check("taking TiDB Cloud out of the key policy" in text and "putting TiDB Cloud back" in text, text)


def edits_meanwhile(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    with case("what others edit meanwhile stays"):
        check(daemon.ctl("revoke", "prod", "--remove-statements", "--yes", "--wait").status == 0, daemon.status())
        document = policy(cloud, key)
        document["Statement"].append(AUDITORS)
        put(cloud, key, document)
        daemon.looks(5)
        check(daemon.headline() == "dark", daemon.status())
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
        now = policy(cloud, key)["Statement"]
        check(AUDITORS in now and all(s in now for s in json.loads(original)["Statement"]), now)
    put(cloud, key, original, now=True)
    daemon.looks(10)
    with case("somebody puts the old policy back under the revoke: told, nothing is resumed; restore finds it so already"):
        check(daemon.ctl("revoke", "prod", "--remove-statements", "--yes", "--wait").status == 0, daemon.status())
        mark = cloud.mark()
        put(cloud, key, original)
        daemon.told("revoke_undone", PROJECT="prod")
        check(not cloud.acts("ResumeCluster", mark) and not cloud.acts("PutKeyPolicy", mark), cloud.log(mark))
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
        check(not cloud.acts("PutKeyPolicy", mark) and cloud.key_state(key)["policy"] == original, cloud.log(mark))


def killed_before_the_end(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    with case("killed after PutKeyPolicy was carried out, before it was read back: it is found so, dark, and the grants go"):
        cloud.config(propagation_ms=60000)  # the change is not seen before the kill
        mark = cloud.mark()
        check(daemon.ctl("revoke", "prod", "--remove-statements", "--yes").status == 0, daemon.status())
        wait_for(lambda: cloud.acts("PutKeyPolicy", mark), "it is put", every=0.005)
        daemon.kill()
        cloud.config(propagation_ms=600)
        cloud.key(None, key, now=True)
        daemon.start()
        daemon.wait_headline("dark")
        wait_for(lambda: daemon.binding()["grantsAlive"] == 0, "none is left alive")
        binding = daemon.binding()
        check(binding["incident"]["cut"] == "made" and binding["reason"] == "own_remove", binding)
        check(len(cloud.acts("PutKeyPolicy", mark)) == 1, cloud.acts("PutKeyPolicy", mark))
    with case("then somebody puts TiDB Cloud back: it is told, and not taken out again"):
        mark = cloud.mark()
        put(cloud, key, original, now=True)
        daemon.told("revoke_undone", PROJECT="prod", INCIDENT=str(binding["incident"]["id"]))
        daemon.looks(5)
        check(not cloud.acts("PutKeyPolicy", mark) and cloud.key_state(key)["policy"] == original, cloud.log(mark))
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
    with case("killed before it was carried out, what was kept is gone, and others edited the policy: it is kept anew, and taken out"):
        known, mark = kept(daemon), cloud.mark()
        fault = cloud.fault("kms", "hang", op="PutKeyPolicy")
        check(daemon.ctl("revoke", "prod", "--remove-statements", "--yes").status == 0, daemon.status())
        wait_for(lambda: cloud.acts("PutKeyPolicy", mark), "it is put", every=0.005)
        daemon.kill()
        cloud.clear_faults(fault)
        (path,) = set(kept(daemon)) - set(known)
        os.unlink(path)
        document = json.loads(original)
        document["Statement"].append(AUDITORS)
        put(cloud, key, document, now=True)
        daemon.start()
        daemon.wait_headline("dark")
        check(VENDOR not in cloud.key_state(key)["policy"] and AUDITORS in policy(cloud, key)["Statement"], policy(cloud, key))
        (path,) = set(kept(daemon)) - set(known)
        with open(path, encoding="utf-8") as f:
            check(json.load(f) == document, path)
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
        check(policy(cloud, key) == document, policy(cloud, key))
    put(cloud, key, original, now=True)
    daemon.looks(10)


def losses(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    document = json.loads(original)
    document["Statement"].append({
        "Sid": "Loose", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEqualsIfExists": {"kms:CallerAccount": VENDOR}}})
    put(cloud, key, document, now=True)
    daemon.looks(10)
    with case("what others would lose is shown, and refused unless that is accepted"):
        got = daemon.ctl("revoke", "prod", "--remove-statements", "--yes")
        check(got.status == 1 and "--accept-loss" in flat(got) and "loses" in flat(got), got)
        check(daemon.phase() == "none", daemon.status())
        got = daemon.ctl("revoke", "prod", "--remove-statements", "--accept-loss", "--yes", "--wait")
        check(got.status == 0 and "Loose" not in json.dumps(policy(cloud, key)), got)
        check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
        check(policy(cloud, key) == document, policy(cloud, key))
    put(cloud, key, original, now=True)
    daemon.looks(10)


def file_gone(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    for what, spoil in (("gone", os.unlink), ("changed", lambda path: open(path, "a", encoding="utf-8").write(" "))):
        with case(f"the file is {what}: restore's plan says so before, status says how to do it by hand; then cmekd goes on"):
            check(daemon.ctl("revoke", "prod", "--remove-statements", "--yes", "--wait").status == 0, daemon.status())
            path = max(kept(daemon), key=os.path.getmtime)
            spoil(path)
            got = daemon.ctl("restore", "prod", "--dry-run")
            check(("cannot be read" if what == "gone" else "somebody changed it") in flat(got), got)
            got = daemon.ctl("check", "prod")
            check("to put TiDB Cloud back into the key policy may fail" in flat(got), got)
            mark = cloud.mark()
            check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
            wait_for(lambda: daemon.binding()["incident"].get("byHand"), "by hand")
            got = daemon.ctl("status", "prod")
            check("cmekctl policy render --account" in flat(got) and "put-key-policy" in got.out, got)
            check(not cloud.acts("PutKeyPolicy", mark) and not cloud.acts("ResumeCluster", mark), cloud.log(mark))
            put(cloud, key, original)
            daemon.wait_headline("usable")
            check(states(cloud)["orders"] == "ACTIVE", states(cloud))


def another_vendor(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    with case("VendorAccount= is another at the restore: nothing is called undone, and what to do is said; set back, it is put back"):
        check(daemon.ctl("revoke", "prod", "--remove-statements", "--yes", "--wait").status == 0, daemon.status())
        daemon.write_project("prod", VendorAccount="999988887777")
        daemon.reload()
        got = daemon.ctl("restore", "prod", "--dry-run")
        check("gives account 999988887777 nothing" in flat(got), got)
        mark, undone = cloud.mark(), len(daemon.notices("cut_undone"))
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        wait_for(lambda: daemon.binding()["incident"].get("byHand"), "by hand")
        got = daemon.ctl("status", "prod")
        check("set VendorAccount= back" in flat(got) and os.path.basename(max(kept(daemon), key=os.path.getmtime)) in flat(got), got)
        check(not cloud.acts("PutKeyPolicy", mark) and len(daemon.notices("cut_undone")) == undone, daemon.notices("cut_undone"))
        daemon.write_project("prod")
        daemon.reload()
        daemon.wait_headline("usable")
        check(cloud.key_state(key)["policy"] == original, cloud.key_state(key)["policy"])


def not_permitted(cloud, daemon, key):
    original = cloud.key_state(key)["policy"]
    with case("without the permission it prints what to take out by hand, and goes on when it sees that"):
        cloud.key(None, key, now=True, deny_self=["PutKeyPolicy"])
        check(daemon.ctl("revoke", "prod", "--remove-statements", "--keep-grants", "--yes").status == 0, daemon.status())
        wait_for(lambda: daemon.binding()["incident"].get("byHand"), "by hand")
        got = daemon.ctl("status", "prod")
        check("Take TiDB Cloud's account" in flat(got) and "put-key-policy" in got.out, got)
        cloud.key("vendor-out", key)
        daemon.wait_headline("dark")
        cloud.key(None, key, now=True, deny_self=False)
        check(daemon.ctl("restore", "prod", "--yes").status == 0, daemon.status())
        put(cloud, key, original)
        daemon.wait_headline("usable")


world, both = one_and_two_that_share()
with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, settings={"Reaction": "approve"}).start()
    for name in ("prod", "left", "right"):
        daemon.wait_headline("usable", name)
    plan_and_mistakes(cloud, daemon, cloud.arn())
    out_and_back(cloud, daemon, cloud.arn())
    edits_meanwhile(cloud, daemon, cloud.arn())
    killed_before_the_end(cloud, daemon, cloud.arn())
    losses(cloud, daemon, cloud.arn())
    file_gone(cloud, daemon, cloud.arn())
    another_vendor(cloud, daemon, cloud.arn())
    not_permitted(cloud, daemon, cloud.arn())
    with case("the ledger verifies"):
        check(daemon.verify().status == 0, daemon.verify())
        daemon.stop()
tap.done()
