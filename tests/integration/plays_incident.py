# SPDX-License-Identifier: Apache-2.0
"""plays_incident: sections of the runbook on incidents."""
import json

from harness import check, wait_for
from play import SLOW, plays
from world import one_project


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
    r.daemon.told("proving")
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


@plays("not_paused", shift=True)
def not_paused(r):
    r.cloud.cluster("orders", state="IMPORTING")
    r.cloud.key("disable")
    wait_for(lambda: r.states()["billing"] == "PAUSED", "the other one is paused")
    r.daemon.looks(2)
    r.shift(3700, 3700)
    r.told()
    r.run("cmekctl status prod", "NOT DARK", "orders", status=3)
    r.cloud.cluster("orders", state="ACTIVE")
    r.headline("dark")


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
