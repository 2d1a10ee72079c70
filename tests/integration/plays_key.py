# SPDX-License-Identifier: Apache-2.0
"""plays_key: sections of the runbook on access to the key, and on revokes."""
import json
import re
import time

from harness import check, wait_for
from play import READING, SLOW, plays
from world import OWN, VENDOR, World, one_project


@plays("")
def how_to_read_the_journal(r):
    r.cloud.key("disable")
    r.daemon.told("dark")
    r.daemon.told("lost")
    r.run("journalctl -t cmekd -p err", "access to the key is proven lost")
    r.run("journalctl -t cmekd NOTICE=lost", "PROJECT=prod", "LEDGER_HEAD=")
    r.run("cmekctl status prod")
    r.run("cmekctl explain prod")


@plays("lost", settings=SLOW)
def lost(r):
    r.cloud.key("vendor-out", now=True)
    r.cloud.key("disable")
    r.told()
    r.phase("grace")
    r.run("cmekctl explain prod/us-west-2", "isabled")
    r.run("cmekctl decline")
    r.phase("declined")
    rendered = json.loads(r.run("cmekctl policy render").out)["Statement"]
    before = r.policy()
    r.put({**before, "Statement": before["Statement"] + [s for s in rendered if VENDOR in json.dumps(s)]})
    r.run("aws kms enable-key")
    r.closed()
    r.nothing_paused()
    # "A Deny statement goes by the command that status names."
    r.cloud.key("vendor-deny")
    r.phase("grace")
    named = wait_for(lambda: re.search(r"cmekctl restore prod/us-west-2 --adopt \S+", " ".join(r.ctl("status", "prod").out.split())),
                     "status names it")
    check(r.page.do(named[0], 60).status == 0, named)
    r.closed()


@plays("degraded")
def degraded(r):
    policy = r.policy()
    policy["Statement"][2]["Action"] = ["kms:Decrypt"]
    r.put(policy)
    r.told()
    r.run("cmekctl explain prod", "kms:GenerateDataKey")
    r.run("cmekctl policy apply prod/us-west-2 --dry-run", "kms:GenerateDataKey")
    check(r.policy() == policy, "the dry run changed it")
    r.run("cmekctl policy apply prod/us-west-2")
    r.headline("usable")
    r.nothing_paused()


@plays("blind")
def blind(r):
    r.cloud.fault("kms", "drop-before")
    r.told()
    wait_for(lambda: r.daemon.window()[:1] == ["network"], "the first look has ended")
    r.run("cmekctl explain prod", "network")
    r.run("cmekctl credentials prod", "read again on reload")
    r.run("cmekctl status --lanes", "DescribeKey")
    r.nothing_paused()
    r.cloud.clear_faults()
    r.daemon.told("sees")
    r.headline("usable")


@plays("self_denied")
def self_denied(r):
    r.cloud.key("vendor-out", now=True)
    r.rights("ListGrants")
    r.told()
    r.phase("waiting")
    shown = r.run("aws kms get-key-policy")
    check(VENDOR not in json.loads(shown.out)["Policy"], "the policy shows who is cut")
    r.run("cmekctl credentials prod")
    r.nothing_paused()
    r.run("cmekctl approve")
    wait_for(lambda: set(r.states().values()) == {"PAUSED"}, "paused")
    check(r.daemon.headline() != "dark", "nobody saw the cut")
    # "The next looks then decide."
    r.rights()
    r.headline("dark")
    r.cloud.key("policy-undo")
    r.closed()


def policy_of_vendor():
    """What the stand-in gives a key by default, as the documentation has it."""
    everybody, root = {"AWS": "*"}, "arn:aws:iam::%s:root"
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": root % OWN}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": everybody, "Resource": "*", "Action": [
            "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"],
         "Condition": {"StringEquals": {"kms:CallerAccount": VENDOR, "kms:ViaService": "ec2.us-west-2.amazonaws.com"}}},
        {"Effect": "Allow", "Principal": {"AWS": root % VENDOR}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}]}


def never_complete():
    world = World()
    text = policy_of_vendor()
    text["Statement"][2]["Action"] = ["kms:Decrypt"]
    world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE"}, keys=[world.key(policy=text)])
    return world


@plays("not_armed", world=never_complete, start=False)
def not_armed(r):
    r.daemon.start()
    r.told()
    r.run("cmekctl explain prod", "kms:GenerateDataKey")
    r.run("cmekctl check prod", status=3)
    r.run("cmekctl policy apply prod/us-west-2")
    r.daemon.told("armed")
    r.headline("usable")
    # "A wrong VendorAccount= looks like a loss instead, and waits."
    r.daemon.write_project("prod", VendorAccount="999988887777")
    r.daemon.reload()
    r.daemon.told("needs_approval")
    r.nothing_paused()


@plays("disarmed")
def disarmed(r):
    r.daemon.write_project("prod", VendorContext="aws:PrincipalOrgID=o-abcdefghij")
    r.daemon.reload()
    r.told()
    wait_for(lambda: r.daemon.binding()["armed"], "armed by itself")
    r.run("cmekctl status prod", "OK", status=0)


@plays("setting_changed")
def setting_changed(r):
    number = r.cloud.info["projects"][0]["id"]
    before = r.cloud.info["projects"][0]["cmek"]
    r.cloud.call("/admin/project", {"id": number, "cmek": []})
    r.told()
    r.run("cmekctl status prod", r.cloud.arn().split("/")[-1], status=3)
    r.run("cmekctl check prod", status=3)
    check(r.daemon.binding()["verdict"] == "usable", "the old key stays watched")
    r.cloud.call("/admin/project", {"id": number, "cmek": before})
    wait_for(lambda: r.ctl("status", "prod").status == 0, "all is well")


@plays("deletion_ahead", settings={"RotationInterval": "200ms"})
def deletion_ahead(r):
    r.cloud.key("schedule-deletion", now=True, days=7)
    r.told()
    r.phase("waiting")
    r.nothing_paused()
    r.run("cmekctl key cancel-deletion prod/us-west-2")
    check(r.cloud.key_state()["state"] == "Enabled", r.cloud.key_state())
    r.closed()
    r.run("cmekctl status prod", "OK", status=0)


@plays("rotation_off", settings={"RotationInterval": "200ms"})
def rotation_off(r):
    r.cloud.key(rotation_enabled=False, now=True)
    r.told()
    r.run("cmekctl rotation prod", "off")
    arn = r.daemon.binding()["keyArn"]
    r.run("cmekctl rotation enable")
    check(r.cloud.key_state()["rotation_enabled"] and r.daemon.binding()["keyArn"] == arn, r.cloud.key_state())


@plays("rotation_overdue", settings={"RotationInterval": "200ms"})
def rotation_overdue(r):
    r.cloud.key(next_rotation=int(time.time()) - 3 * 86400, now=True)
    r.told()
    r.run("cmekctl rotation prod", "overdue")
    r.run("cmekctl rotation now")
    r.daemon.told("rotated")


# ---- revokes ----


@plays("revoke_undone")
def revoke_undone(r):
    before = r.policy()
    check(r.ctl("revoke", "prod", "--yes", "--wait").status == 0, r.daemon.status())
    r.put(before)
    r.told()
    check(set(r.states().values()) == {"PAUSED"}, "nothing is resumed by it")
    r.run("cmekctl policy explain prod", VENDOR)
    r.run("cmekctl revoke prod --wait")
    r.headline("dark")
    r.run("cmekctl restore prod")
    r.closed()
    check(r.policy() == before, r.policy())


@plays("cut_waits")
def cut_waits(r):
    r.cloud.cluster("orders", state="IMPORTING")
    check(r.ctl("revoke", "prod", "--pause-first", "--yes").status == 0, r.daemon.status())
    r.told()
    r.run("cmekctl status prod", "orders", "NOT cut", status=3)
    check(not r.cloud.acts("PutKeyPolicy"), "it was cut")
    r.run("cmekctl revoke prod")
    wait_for(lambda: r.daemon.binding()["incident"]["cut"] == "made", "cut at once")
    check(r.states()["orders"] == "IMPORTING", r.states())


@plays("change_late")
def change_late(r):
    r.cloud.fault("kms", "throttle", op="PutKeyPolicy")
    check(r.ctl("revoke", "prod", "--yes").status == 0, r.daemon.status())
    r.told()
    r.run("cmekctl status prod", "NOT DARK", status=3)
    r.run("cmekctl explain prod", "PutKeyPolicy")
    r.cloud.clear_faults()
    r.headline("dark")
    r.cloud.fault("kms", "throttle", op="PutKeyPolicy")
    check(r.ctl("restore", "prod", "--yes").status == 0, r.daemon.status())
    wait_for(lambda: len(r.daemon.notices("change_late")) == 2, "of the undoing, too")
    shown = r.ctl("status", "prod")
    check("the key is being given back" in shown.out, shown)
    r.cloud.clear_faults()
    r.closed()


@plays("cut_by_hand")
def cut_by_hand(r):
    before = r.policy()
    r.rights(*READING)
    check(r.ctl("revoke", "prod", "--yes").status == 0, r.daemon.status())
    r.told()
    shown = r.run("cmekctl status prod", "NOT DARK", status=3)
    r.run("cmekctl credentials prod", "user/cmekd")
    statement = json.JSONDecoder().raw_decode(re.sub(r"\n *", "", shown.out[shown.out.index("{"):]))[0]
    check(statement["Sid"].startswith("CmekdCut"), statement)
    r.put({**before, "Statement": before["Statement"] + [statement]})
    r.headline("dark")
    # "That is how the restore finds it again."
    r.rights()
    check(r.ctl("restore", "prod", "--yes", "--wait").status == 0, r.daemon.status())
    check(r.policy() == before, r.policy())


@plays("key_left_disabled")
def key_left_disabled(r):
    r.cloud.key("disable", now=True)
    wait_for(lambda: r.daemon.binding()["reason"] == "key_disabled", "it is seen")
    check(r.ctl("revoke", "prod", "--disable-key", "--keep-grants", "--yes", "--wait").status == 0, r.daemon.status())
    wait_for(lambda: r.daemon.binding()["incident"]["cut"] == "made", "it is cut already")
    check(r.ctl("restore", "prod", "--yes").status == 0, r.daemon.status())
    r.told()
    check(not r.cloud.acts("EnableKey"), r.cloud.acts("EnableKey"))
    r.run("aws kms enable-key")
    r.closed()
    r.run("cmekctl status prod", "OK", status=0)


@plays("grants_by_hand", world=lambda: one_project(grants_outlive_pause=True))
def grants_by_hand(r):
    r.rights(*READING, "PutKeyPolicy")
    check(r.ctl("revoke", "prod", "--yes", "--wait").status == 0, r.daemon.status())
    r.told()
    r.run("cmekctl status prod", "kms:RevokeGrant", "aws kms revoke-grant", status=3)
    first, *rest = json.loads(r.run("aws kms list-grants").out)["Grants"]
    r.page.words["GRANT"] = first["GrantId"]
    r.run("aws kms revoke-grant")
    for grant in rest:
        check(r.page.do(f"aws kms revoke-grant --key-id {r.cloud.arn()} --grant-id {grant['GrantId']}", 60).status == 0, grant)
    wait_for(lambda: r.daemon.binding()["grantsAlive"] == 0, "none is left")
    check("revoke-grant" not in r.ctl("status", "prod").out, r.ctl("status", "prod"))


@plays("suspended")
def suspended(r):
    check(r.ctl("suspend", "prod", "--for", "1h").status == 0, r.daemon.status())
    r.told()
    r.cloud.key("disable")
    r.phase("waiting")
    r.nothing_paused()
    r.cloud.key("enable")
    r.phase("none")
    r.run("cmekctl unsuspend prod")
    r.daemon.told("unsuspended")
    r.headline("usable")
