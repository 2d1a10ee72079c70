# SPDX-License-Identifier: Apache-2.0
"""incident: what systemd does to a daemon in the middle of an incident, the watchdog, a reboot, a cut of power, an upgrade, loses
nothing and repeats nothing: the clusters are paused and resumed, each once, and only those."""
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from container import INSTALLED, apart

apart("cmekd under a booted systemd, through incidents")

from harness import TIME_FACTOR, Bench, case, check, message_ids, tap, wait_for
from repack import repack, version
from service import Service
from world import one_project

WATCHDOG_S = max(3, round(3 * TIME_FACTOR))  # the shipped minute would make a test of minutes
OURS = {"orders", "billing"}
BACKUP = "Cluster cannot be paused while a backup is in progress."


def states(cloud):
    return {name: c["state"] for name, c in cloud.clusters().items()}


class Story:
    """One incident, from running clusters to running clusters. A backup holds one pause up, so that there is a middle."""

    def __init__(self, cloud, service):
        self.cloud, self.service = cloud, service
        self.before = states(cloud)
        self.counts = {n: (c["pauses"], c["resumes"]) for n, c in cloud.clusters().items()}
        self.mark, self.killed = cloud.mark(), []
        self.told_before = len(service.notices())
        cloud.cluster("billing", blockers={"backup": BACKUP})

    def told(self, name, **fields):
        """As service.told, of this story alone."""
        def found():
            return [n for n in self.service.notices()[self.told_before:] if n["NOTICE"] == name
                    and all(n.get(k) == v for k, v in fields.items())]
        return wait_for(found, f"notice {name} {fields or ''}", every=0.1)

    def reach_the_middle(self):
        self.told("cluster_paused", CLUSTER=self.cloud.cluster_id("orders"))
        refused = self.told("pause_refused", CLUSTER=self.cloud.cluster_id("billing"))
        check(BACKUP in refused[0]["MESSAGE"], refused)
        check(states(self.cloud) == {**self.before, "orders": "PAUSED"}, states(self.cloud))
        got = self.service.ctl("status", "prod")
        check(got.status == 3 and "NOT DARK" in got.out, got)

    def another(self):
        """Another process runs. What it asks for in the stand-in's log comes after what the one before it did."""
        began = self.service.began()
        self.killed.append(max(e["seq"] for e in self.cloud.log(self.mark) if e["time"] < began))

    def reach_dark(self):
        self.cloud.cluster("billing", blockers={})
        self.service.wait_headline("dark")
        self.told("dark")
        check(set(states(self.cloud).values()) == {"PAUSED"}, states(self.cloud))

    def reach_the_end(self):
        self.service.wait_headline("usable")
        self.told("closed")
        check(states(self.cloud) == self.before, states(self.cloud))
        for name, c in self.cloud.clusters().items():
            gained = (c["pauses"] - self.counts[name][0], c["resumes"] - self.counts[name][1])
            check(gained == ((1, 1) if name in OURS else (0, 0)), f"{name}: pauses, resumes {gained}")
        check(not self.cloud.blind_repeats(self.mark, self.killed), self.cloud.blind_repeats(self.mark, self.killed))
        check(self.service.ctl("verify", "/var/lib/cmekd/ledger/prod.ledger").status == 0, "the ledger's chain")


def watchdog(cloud, service):
    container, story = service.container, Story(cloud, service)
    policy = json.loads(cloud.key_state()["policy"])
    with case("a member of the OperateGroup revokes: the key is cut, one cluster is paused, the other refused for a backup"):
        got = service.ctl("revoke", "prod", "--yes", "--reason", "as agreed with security", who="actor")
        check(got.status == 0, got)
        story.reach_the_middle()
        check(story.told("revoked")[0]["WHO"].endswith("(actor)"), story.told("revoked"))
    with case(f"stopped by SIGSTOP, it is ended by the watchdog after {WATCHDOG_S} s, leaves no core, and is started again"):
        pid, restarts = service.pid(), int(service.show("NRestarts"))
        container.must("systemctl", "kill", "--kill-whom=main", "--signal=SIGSTOP", "cmekd")
        wait_for(lambda: int(service.show("NRestarts")) == restarts + 1 and service.show("ActiveState") == "active",
                 "started again", seconds=60 + WATCHDOG_S, every=0.1)
        check(service.pid() != pid, pid)
        story.another()
        said = container.must("journalctl", "--quiet", "--output=cat", "--unit=cmekd")
        check("Watchdog timeout" in said, said)
        with open("/proc/sys/kernel/core_pattern", encoding="ascii") as f:
            piped = f.read().startswith("|")
        check("code=killed, status=6/ABRT" in said or piped and "status=6/ABRT" in said, said)
        service.drop_in("watchdog")  # a machine that is slow later is not to meet it
    with case("the incident goes on, without a second pause of what was paused"):
        service.wait_headline("pausing")
        story.reach_dark()
    with case("cmekctl restore --wait: exactly what was paused runs again, and the policy is as it was"):
        got = service.ctl("restore", "prod", "--yes", "--wait", who="actor", timeout=90)
        check(got.status == 0, got)
        story.reach_the_end()
        check(json.loads(cloud.key_state()["policy"]) == policy, cloud.key_state()["policy"])
    return story


def evidence(service, story):
    container, ids = service.container, message_ids()
    incident = story.told("incident_opened")[0]["INCIDENT"]
    with case("journalctl finds the incident's alerts by their fields, in their order"):
        found = service.entries("PROJECT=prod", f"INCIDENT={incident}")
        check(all((n["PRIORITY"], n["MESSAGE_ID"]) == ids[n["NOTICE"]] for n in found), found)
        wanted = ["incident_opened", "cut_made", "dark", "resuming", "closed"]
        order = [n["NOTICE"] for n in found]
        check(sorted(wanted, key=order.index) == wanted and order.count("closed") == 1, order)
        dark = service.entries(f"MESSAGE_ID={ids['dark'][1]}", "PROJECT=prod", "REGION=us-west-2", f"KEY_ARN={service.cloud.arn()}")
        check(dark and all(n["INCIDENT"] == incident and int(n["LEDGER_SEQ"]) > 0 for n in dark), dark)
    with case("the ledger's heads in the journal anchor the ledger: journalctl -o json | cmekctl verify --heads"):
        heads = container.must("journalctl", "--quiet", "--output=json", "--identifier=cmekd")
        got = container.run("cmekctl", "verify", "/var/lib/cmekd/ledger/prod.ledger", "--heads", "-", stdin=heads)
        check(got.status == 0 and "each is that of its record" in " ".join(got.out.split()), got)


def reboot(cloud, service):
    story = Story(cloud, service)
    with case("a loss that nobody asked for: one cluster is paused, the other refused for a backup"):
        cloud.key("vendor-out")
        story.reach_the_middle()
    with case("the host is rebooted: cmekd is back by itself, and what it did before is in the journal of the boot before"):
        service.reboot()
        wait_for(service.is_active, "it is started at boot", every=0.1)
        story.another()
        service.wait_headline("pausing")
        out = service.container.must("journalctl", "--quiet", "--boot=-1", "--output=cat", "NOTICE=pause_refused")
        check(BACKUP in out, out)
    with case("the incident goes on, to dark"):
        story.reach_dark()
    with case("the host loses its power while dark"):
        service.power_cut()
        wait_for(service.is_active, "it is started at boot", every=0.1)
        story.another()
        service.wait_headline("dark")
    with case("access is back: exactly what was paused runs again"):
        cloud.key("policy-undo")
        story.reach_the_end()


def replace(bench, service):
    """As a package does it where it is installed as one, else as README.md says."""
    container = service.container
    number = version(container, "cmekd")
    if INSTALLED and number:
        shutil.copy(repack(container, "cmekd", number + "+later", bench.dir), container.path("later.deb"))
        container.run("rm", "-f", "/usr/sbin/policy-rc.d")  # images of containers have one, against services
        container.must("dpkg", "--force-confold", "--install", "/later.deb", timeout=120)
        check(version(container, "cmekd") == number + "+later", version(container, "cmekd"))
        return
    if not INSTALLED:
        os.unlink(container.path("usr/sbin/cmekd"))
        container.install()
    container.must("systemctl", "daemon-reload")
    container.must("systemctl", "restart", "cmekd")


def upgrade(bench, cloud, service):
    story = Story(cloud, service)
    with case("revoked, and one cluster is paused"):
        check(service.ctl("revoke", "prod", "--yes").status == 0, service.status())
        story.reach_the_middle()
    with case("an upgrade, the unit is restarted: the incident goes on, to dark"):
        pid = service.pid()
        replace(bench, service)
        wait_for(lambda: service.is_active() and service.pid() not in (0, pid), "another process", every=0.1)
        story.another()
        story.reach_dark()
    with case("and it is upgraded while clusters are resumed"):
        cloud.config(resuming_ms=int(3000 * TIME_FACTOR))
        check(service.ctl("restore", "prod", "--yes").status == 0, service.status())
        wait_for(lambda: "RESUMING" in states(cloud).values(), "a cluster is being resumed", every=0.1)
        service.container.must("systemctl", "restart", "cmekd")
        story.another()
        story.reach_the_end()


with Bench() as bench:
    cloud = bench.cloud(one_project())
    service = Service(bench, cloud)
    with case("systemctl enable --now cmekd: usable and armed"):
        service.boot()
        service.set_up()
        service.drop_in("watchdog", f"WatchdogSec={WATCHDOG_S}s")
        service.container.must("systemctl", "enable", "--now", "cmekd", timeout=90)
        service.wait_headline("usable")
        wait_for(lambda: service.binding()["armed"], "armed")
    evidence(service, watchdog(cloud, service))
    reboot(cloud, service)
    upgrade(bench, cloud, service)
tap.done()
