# SPDX-License-Identifier: Apache-2.0
"""runbook: each section of doc/runbook.md is played: something is broken so that its alert is really raised, its commands are done as
they stand there, in their order, and it must end as the section promises. A section without a play fails; so does a command
that nobody does.

    runbook.py [SECTION]...       only these
"""
import hashlib
import json
import os
import queue
import re
import resource
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Bench, case, check, tap, together, wait_for
from page import Page, commands, elsewhere, preload, sections, text_of
from world import ACCESS_KEY, API_KEY, OWN, VENDOR, World, one_project

TEXT = text_of("doc/runbook.md")
BOOK = {"": TEXT.partition("\n# Access")[0], **sections(TEXT)}
PLAYS = {}
WORKERS = 5
SLOW = {"GracePeriod": "60s"}  # time for people to come before it is over


def plays(name, **how):
    """A function that plays a section. `how`: of the world and the daemon, as Round takes it."""
    def remember(function):
        PLAYS[name] = (function, how)
        return function
    return remember


class Round:
    """A cloud, a daemon whose project prod is usable, and the section's commands."""

    def __init__(self, bench, name, world=None, start=True, settings=None, files=None, queue_of=False, shift=False, **daemon):
        world = world() if world else one_project()
        if queue_of:
            world.queue()
        self.name = name
        self.cloud = bench.cloud(world)
        aws = {"HintQueue": self.cloud.info["queues"][0]} if queue_of else None
        self.daemon = bench.daemon(self.cloud, settings={"BlindAlert": "1s", **(settings or {})}, daemon=daemon, aws=aws)
        if files:
            self.daemon.write_project("prod", **files)
        if shift:
            self.clock = self.daemon.dir + "/clock"
            self.shift(0, 0)
            preload(self.daemon, ELSEWHERE, CMEKD_TEST_CLOCK=self.clock)
        self.page = Page(BOOK[name], self.cloud, self.daemon)
        self.page.words.update({"KEY": self.cloud.arn(), "CLUSTER": "orders"})
        self.run, self.ctl, self.headline = self.page.run, self.daemon.ctl, self.daemon.wait_headline
        if start:
            self.daemon.start()
            self.headline("usable")

    def shift(self, boot_s, wall_s):
        """The machine slept for so long, or its wall clock was set. In place: the daemon has it mapped."""
        with open(os.open(self.clock, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0) as f:
            f.write(struct.pack("qq", boot_s * 1000, wall_s * 1000))

    def told(self, **fields):
        """The section's alert was raised."""
        told = self.daemon.told(self.name, **fields)
        self.page.incident = told.get("INCIDENT") or self.incident()
        return told

    def incident(self):
        binding = self.daemon.binding() if self.daemon.alive() else None
        return binding["incident"]["id"] if binding and binding.get("incident") else None

    def phase(self, phase):
        wait_for(lambda: self.daemon.phase() == phase, f"phase {phase}, and not {self.daemon.phase()}")
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


READING = ("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListKeyRotations", "ListGrants")

# ---- access to the key ----


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
    r.cloud.key("disable")
    r.told()
    r.phase("grace")
    r.run("cmekctl explain prod/us-west-2", "isabled")
    r.run("cmekctl decline")
    r.phase("declined")
    rendered = r.run("cmekctl policy render")
    check(VENDOR in rendered.out and "kms:CreateGrant" in rendered.out, rendered)
    r.run("aws kms enable-key")
    r.closed()
    r.nothing_paused()


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
    r.run("cmekctl revoke prod --pause-only")
    wait_for(lambda: set(r.states().values()) == {"PAUSED"}, "paused")
    # "The next looks then decide."
    r.rights()
    r.headline("dark")
    r.cloud.key("policy-undo")
    r.daemon.looks(8)
    check(r.states()["orders"] == "PAUSED", "it is given back by restore, and not before")
    check(r.ctl("restore", "prod", "--yes", "--wait").status == 0, r.daemon.status())
    r.closed()


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


# ---- incidents ----


@plays("incident_opened", settings=SLOW)
def incident_opened(r):
    r.cloud.key("disable")
    r.told()
    r.daemon.told("grace")
    r.phase("grace")
    r.run("cmekctl status prod", "isabled", status=3)
    r.run("cmekctl show", "opened", status=3)


@plays("grace", settings=SLOW)
def grace(r):
    r.cloud.key("disable")
    r.told()
    r.run("cmekctl decline")
    r.phase("declined")
    r.daemon.looks(8)
    r.nothing_paused()
    check(r.daemon.phase() == "declined", "it stays open until access is back")
    r.cloud.key("enable")
    r.closed()


@plays("needs_approval", settings={"Reaction": "approve"})
def needs_approval(r):
    r.cloud.key("disable")
    r.told()
    r.run("cmekctl status prod", "Reaction=approve", status=3)
    r.daemon.looks(6)
    r.nothing_paused()
    r.run("cmekctl approve")
    r.headline("dark")
    r.cloud.key("enable")
    r.closed()
    mark = r.cloud.mark()
    r.cloud.key("disable")
    r.phase("waiting")
    r.run("cmekctl decline")
    r.phase("declined")
    r.daemon.looks(6)
    check(not r.cloud.pauses(mark), r.cloud.pauses(mark))


@plays("budget", MaxPauses="1")
def budget(r):
    r.cloud.key("disable")
    r.told()
    r.run("cmekctl status --problems", "prod", status=3)
    r.nothing_paused()
    r.run("cmekctl approve")
    r.headline("dark")


@plays("pausing", world=lambda: one_project({"orders": "ACTIVE", "billing": "CREATING", "archive": "PAUSED"}))
def pausing(r):
    r.cloud.cluster("billing", state="CREATING", state_ms=600000)
    r.cloud.key("disable")
    r.told()
    r.run("cmekctl status prod", until="PAUSING")
    # "To stop it now: give access back."
    wait_for(lambda: r.states()["orders"] == "PAUSED", "one is paused")
    r.cloud.key("enable")
    r.phase("proving")
    r.cloud.cluster("billing", state="ACTIVE")
    r.closed()
    check([e["subject"] for e in r.cloud.pauses()] == [r.cloud.cluster_id("orders")], r.cloud.pauses())


@plays("pause_refused")
def pause_refused(r):
    r.cloud.cluster("orders", blockers={"backup": "Cluster cannot be paused while a backup is in progress"})
    r.cloud.key("disable")
    r.told()
    r.run("cmekctl check prod", "backup", status=3)
    r.run("cmekctl status prod", "NOT DARK", "while a backup is in progress", status=3)
    r.cloud.cluster("orders", blockers={})
    r.headline("dark")


@plays("dark")
def dark(r):
    r.cloud.key("disable")
    r.told()
    r.run("cmekctl report", status=(0, 3))
    with open(r.page.path("prod-7.html"), encoding="utf-8") as f:
        html = f.read()
    check("</html>" in html and "orders" in html, html[:400])
    check(set(r.states().values()) == {"PAUSED"}, r.states())


@plays("not_dark")
def not_dark(r):
    check(r.ctl("revoke", "prod", "--yes", "--wait").status == 0, r.daemon.status())
    mark = r.cloud.mark()
    r.cloud.cluster("orders", lost_resume="active")
    r.cloud.cluster("orders", "resume")
    r.told()
    r.run("cmekctl status prod", status=3)
    r.run("cmekctl show", "orders", status=3)
    wait_for(lambda: r.cloud.pauses(mark), "in an operator's revoke it is paused again")
    r.headline("dark")
    # An automatic incident does not fight people.
    check(r.ctl("restore", "prod", "--yes", "--wait").status == 0, r.daemon.status())
    r.cloud.key("disable")
    r.headline("dark")
    mark = r.cloud.mark()
    r.cloud.cluster("orders", "resume")
    wait_for(lambda: r.states()["orders"] == "ACTIVE" and r.daemon.headline() != "dark", "not dark")
    r.daemon.looks(8)
    check(not r.cloud.pauses(mark), r.cloud.pauses(mark))
    r.cloud.cluster("orders", "pause")
    r.headline("dark")


@plays("touched")
def touched(r):
    check(r.ctl("revoke", "prod", "--yes", "--wait").status == 0, r.daemon.status())
    r.cloud.cluster("orders", resume_in_ms=3 * 86400000)
    r.told()
    r.run("cmekctl restore prod --include")
    r.closed()


@plays("cluster_excluded", files={"clusters": {"orders": {"Exclude": "yes"}}})
def cluster_excluded(r):
    r.cloud.key("disable")
    r.told()
    r.phase("held")
    r.run("cmekctl status prod", "NOT DARK", "excluded", status=3)
    check(r.states()["orders"] == "ACTIVE", r.states())
    r.daemon.write_project("prod")
    r.run("systemctl reload cmekd")
    r.daemon.told("cluster_waits")
    r.run("cmekctl approve")
    r.headline("dark")


@plays("cluster_waits", files={"clusters": {"orders": {"Reaction": "approve"}}})
def cluster_waits(r):
    r.cloud.key("disable")
    r.told()
    wait_for(lambda: r.states()["billing"] == "PAUSED", "the others are paused")
    r.run("cmekctl status prod", "orders", status=3)
    r.run("cmekctl approve")
    r.headline("dark")


@plays("resume_refused")
def resume_refused(r):
    r.cloud.key("disable")
    r.headline("dark")
    r.cloud.fault("dedicated", "status", op="ResumeCluster", status=400)
    r.cloud.key("enable")
    r.told()
    r.run("cmekctl status prod", status=3)
    r.run("cmekctl explain prod", "allow")
    r.cloud.clear_faults()
    r.closed()


def waking(lost_resume):
    return lambda: one_project(lost_resume=lost_resume)


@plays("stranded", world=waking("inactive"), shift=True)
def stranded(r):
    check(r.ctl("revoke", "prod", "--yes", "--wait").status == 0, r.daemon.status())
    r.cloud.cluster("orders", "resume")
    wait_for(lambda: r.states()["orders"] == "INACTIVE", "it cannot read its volumes")
    wait_for(lambda: r.daemon.headline() != "dark", "it is seen")
    r.daemon.looks(4)
    r.shift(3700, 3700)
    r.told()
    r.run("cmekctl status prod", "NOT DARK", "orders", status=3)
    r.run("cmekctl restore prod")
    r.closed()


@plays("cut_ineffective", world=lambda: one_project(lost_resume="active", grants_outlive_pause=True))
def cut_ineffective(r):
    r.cloud.key("vendor-out")
    r.headline("dark")
    r.cloud.cluster("orders", "resume")
    r.told()
    r.run("cmekctl status prod", "NOT DARK", status=3)
    grants = json.loads(r.run("aws kms list-grants").out)["Grants"]
    check(grants, "no grant")
    r.page.words["GRANT"] = grants[0]["GrantId"]
    r.run("aws kms revoke-grant")
    check(grants[0]["GrantId"] not in [g["id"] for g in r.cloud.key_state()["grants"]], r.cloud.key_state()["grants"])
    r.run("aws kms disable-key")
    wait_for(lambda: r.cloud.key_state()["state"] == "Disabled", "disabled")
    # Nobody is fought in an automatic incident: people pause it, or revoke.
    r.cloud.cluster("orders", "pause")
    r.headline("dark")


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


# ---- what cmekd needs ----


@plays("clusters_unread")
def clusters_unread(r):
    r.cloud.call("/admin/api-key", {"public": API_KEY, "disabled": True})
    r.told()
    r.run("cmekctl status prod", "clusters", status=3)
    r.run("cmekctl credentials prod")
    r.run("cmekctl check prod", status=3)
    check(r.daemon.binding()["verdict"] == "usable", "looks go on")
    r.cloud.call("/admin/api-key", {"public": API_KEY, "disabled": False})
    r.daemon.told("clusters_read")


@plays("ledger_failed", start=False, settings=SLOW)
def ledger_failed(r):
    pipe_journal(r)
    r.daemon.start()
    r.headline("usable")
    wait_for(lambda: r.daemon.binding()["armed"], "armed")
    resource.prlimit(r.daemon.process.pid, resource.RLIMIT_FSIZE,
                     (os.stat(r.daemon.ledger_file()).st_size, resource.RLIM_INFINITY))
    r.cloud.key("disable")
    r.told()
    r.run("df -h /var/lib/cmekd", "%")
    r.run("cmekctl status --problems", "prod", status=3)
    r.run("cmekctl verify prod")
    r.nothing_paused()
    resource.prlimit(r.daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    r.phase("grace")
    wait_for(lambda: r.daemon.status()["automation"] == "on", "it tries again by itself")


def pipe_journal(r):
    """What limits the ledger must not limit the journal."""
    file = r.daemon.journal_file
    os.mkfifo(file + ".pipe")
    with open(file, "wb") as out:
        reading = os.open(file + ".pipe", os.O_RDWR)
        r.bench.started.append(subprocess.Popen(["cat"], stdin=reading, stdout=out))
        os.close(reading)
    argv = r.daemon.argv()
    argv[argv.index(file)] = file + ".pipe"
    r.daemon.argv = lambda: argv


@plays("ledger_damaged")
def ledger_damaged(r):
    r.cloud.key("disable")
    r.headline("dark")
    r.daemon.stop()
    path, backup = r.daemon.ledger_file(), r.page.path("prod.ledger")
    with open(path, "rb") as f:
        good = f.read()
    with open(backup, "wb") as f:
        f.write(good)
    with open(path, "wb") as f:
        f.write(good.replace(b'"name":"billing"', b'"name":"willing"', 1))
    r.page.words["/backup/prod.ledger"] = backup
    r.daemon.start()
    r.told()
    r.run("cmekctl verify prod", "DAMAGED", "line 3", status=1)
    part = r.run("cmekctl ledger export prod --good-part", status=1)
    check(part.out.encode() == b"\n".join(good.split(b"\n")[:2]) + b"\n", part)
    r.run("journalctl -t cmekd PROJECT=prod -o json")
    r.run("cmekctl verify /backup/prod.ledger --heads", "each is that of its record")
    r.run("systemctl stop cmekd")
    r.run("cp --preserve")
    r.run("systemctl start cmekd")
    r.headline("dark")
    r.cloud.key("enable")
    r.closed()


@plays("ledger_foreign")
def ledger_foreign(r):
    foreign(r)
    r.daemon.start()
    r.told()
    r.run("cmekctl status prod", "machine", status=3)
    r.cloud.key("disable")
    wait_for(lambda: r.daemon.binding()["verdict"] == "lost", "lost")
    r.daemon.looks(6)
    r.nothing_paused()
    r.run("cmekctl ledger adopt prod")
    r.headline("dark")


def foreign(r):
    """The same records, written by another machine."""
    if r.daemon.alive():
        r.daemon.stop()
    records = r.daemon.ledger()
    records[0]["machine"] = records[0]["machine"][::-1]
    write_chain(r.daemon.ledger_file(), records)


@plays("clock_step", settings=SLOW, shift=True)
def clock_step(r):
    r.cloud.key("disable")
    r.phase("grace")
    r.shift(0, 300)
    r.told()
    r.run("timedatectl status")
    r.nothing_paused()


@plays("hints_failed", queue_of=True)
def hints_failed(r):
    r.cloud.fault("sqs", "access-denied")
    r.told()
    r.run("cmekctl status --hints", "AccessDenied", status=3)
    r.cloud.key("disable")
    wait_for(lambda: r.daemon.binding()["verdict"] == "lost", "nothing is lost but seconds")
    r.cloud.clear_faults()
    r.daemon.told("hints_back")


@plays("reload_failed")
def reload_failed(r):
    with open(r.daemon.conf, encoding="utf-8") as f:
        good = f.read()
    r.daemon.write(r.daemon.conf, good.replace("[Daemon]\n", "[Daemon]\nMaxPauses=many\n"))
    r.daemon.reload("reload_failed")
    r.told()
    r.run("cmekd --check-config", "cmekd.conf:2", "MaxPauses", status=1)
    check(r.daemon.headline() == "usable", "the running one stays in force")
    r.daemon.write(r.daemon.conf, good)
    r.run("systemctl reload cmekd")


def two_projects():
    world = one_project()
    world.project("two", {"two-1": "ACTIVE"})
    return world


@plays("project_broken", world=two_projects, start=False)
def project_broken(r):
    r.daemon.write_project("two", VendorAccount="twelve")
    r.daemon.start()
    r.told(PROJECT="two")
    r.headline("usable")
    r.run("cmekd --check-config", "two.conf:", "VendorAccount", status=1)
    r.daemon.write_project("two")
    r.run("systemctl reload cmekd")
    r.daemon.wait_headline("usable", "two")


@plays("check_worse", settings={"RotationInterval": "200ms"}, CheckInterval="1s")
def check_worse(r):
    r.daemon.told("checked")
    r.cloud.key(rotation_enabled=False)
    r.told()
    got = r.run("cmekctl check prod", "rotation", status=3)
    check("rotation enable" in " ".join(got.out.split()), got)


# ---- what an operator asked for ----


@plays("errand_unsure")
def errand_unsure(r):
    r.cloud.fault("kms", "drop-after", op="EnableKeyRotation", count=1)
    check(r.ctl("rotation", "enable", "prod").status == 1, r.daemon.status())
    r.told()
    r.run("cmekctl status prod", "not known", status=3)
    r.run("cmekctl rotation prod")
    r.run("cmekctl setup prod")
    r.daemon.looks(4)
    check(len(r.cloud.acts("EnableKeyRotation")) == 1, "it is never sent again by itself")
    check(r.ctl("rotation", "enable", "prod").status == 0, "asked again")
    wait_for(lambda: r.ctl("status", "prod").status == 0, "all is known")


@plays("errand_failed")
def errand_failed(r):
    r.rights(*READING)
    check(r.ctl("rotation", "enable", "prod").status == 1, r.daemon.status())
    told = r.told()
    check("EnableKeyRotation" in told["MESSAGE"] or "AccessDenied" in told["MESSAGE"], told)
    r.run("cmekctl status prod")
    r.run("cmekctl credentials prod", "user/cmekd")
    r.rights()
    check(r.ctl("rotation", "enable", "prod").status == 0, "asked again")


def with_spare():
    return one_project({"orders": "ACTIVE", "billing": "ACTIVE", "spare": "ACTIVE"})


@plays("live_drill_ended", world=with_spare)
def live_drill_ended(r):
    r.page.words["CLUSTER"] = "spare"
    r.cloud.cluster("spare", blockers={"changefeed": True})
    check(r.ctl("drill", "prod", "--live", "spare", "--yes").status == 3, "refused")
    r.told()
    got = r.run("cmekctl verify prod --list")
    last = " ".join(got.out.split()).rpartition(" live_drill ")[2]
    check("TiDB Cloud refused to pause it" in last, got)
    r.run("cmekctl check prod", "spare", status=3)
    r.cloud.cluster("spare", blockers={})
    r.run("cmekctl drill prod --live", "runs again", status=0)
    check(r.cloud.clusters()["spare"]["state"] == "ACTIVE", r.cloud.clusters())


@plays("live_drill_stuck", world=with_spare, shift=True)
def live_drill_stuck(r):
    r.cloud.fault("dedicated", "latency", op="ResumeCluster", ms=600000, before_auth=True)
    client = subprocess.Popen([os.path.join(os.environ["CMEKD_BUILD"], "cmekctl"), "drill", "prod", "--live", "spare", "--yes",
                               "--socket", r.daemon.socket], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: [s for s in r.daemon.ledger() if s["type"] == "live_drill" and s["step"] == "resume_sent"], "owed")
    r.daemon.kill()
    client.wait()
    r.cloud.clear_faults()
    foreign(r)
    r.daemon.start()
    wait_for(lambda: r.daemon.status().get("liveDrill"), "it is owed")
    r.shift(3700, 3700)
    r.told()
    r.run("cmekctl status prod", "spare", "adopt", status=3)
    check(r.cloud.clusters()["spare"]["state"] == "PAUSED", r.cloud.clusters())
    r.run("cmekctl ledger adopt prod")
    wait_for(lambda: r.cloud.clusters()["spare"]["state"] == "ACTIVE", "it runs again")


@plays("project_not_created")
def project_not_created(r):
    r.cloud.config(cmek_offer="400")
    check(r.ctl("project", "create", "shop", "--yes").status == 1, "refused")
    r.told()
    r.cloud.config(cmek_offer="on")
    r.run("cmekctl project create shop")
    check(len([p for p in r.cloud.state()["projects"] if p["name"] == "shop"]) == 1, r.cloud.state()["projects"])


# ---- all of them ----


def policy_of_vendor():
    """What the stand-in gives a key by default, as the documentation has it."""
    everybody, root = {"AWS": "*"}, "arn:aws:iam::%s:root"
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": root % OWN}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": everybody, "Resource": "*", "Action": [
            "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"],
         "Condition": {"StringEquals": {"kms:CallerAccount": VENDOR, "kms:ViaService": "ec2.us-west-2.amazonaws.com"}}},
        {"Effect": "Allow", "Principal": {"AWS": root % VENDOR}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}]}


def write_chain(path, records):
    previous = "0" * 64
    with open(path, "wb") as f:
        for record in records:
            record["prev"] = previous
            record.pop("hash")
            body = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()[:-1]
            previous = hashlib.sha256(body).hexdigest()
            f.write(body + b',"hash":"' + previous.encode() + b'"}\n')


def one(bench, name):
    play, how = PLAYS[name]
    with case(f"{name or 'the head of the page'}: it is raised, and its section leads out of it"):
        try:
            r = Round.__new__(Round)
            r.bench = bench
            r.__init__(bench, name, **how)
            play(r)
            r.end()
        finally:
            quit_all(bench)


def quit_all(bench):
    for process in [d.process for d in bench.daemons] + bench.started:
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
    del bench.daemons[:], bench.started[:]


def work(bench, waiting):
    while True:
        try:
            name = waiting.get_nowait()
        except queue.Empty:
            return
        one(bench, name)


with Bench() as first:
    ELSEWHERE = elsewhere(first)
    chosen = sys.argv[1:] or [n for n in BOOK if n in PLAYS]
    waiting = queue.Queue()
    for name in chosen:
        waiting.put(name)
    benches = [first] + [Bench() for _ in range(min(WORKERS, len(chosen)) - 1)]
    together(*(lambda b=b: work(b, waiting) for b in benches))
    for bench in benches[1:]:
        bench.close()
    if not sys.argv[1:]:
        tap.empty([f"nobody plays {n}" for n in BOOK if n not in PLAYS] + [f"there is no section {n}" for n in PLAYS if n not in BOOK],
                  "each section is played")
        check(len(commands(TEXT)) == sum(len(commands(t)) for t in BOOK.values()) > 90, "the page was read")
tap.done()
