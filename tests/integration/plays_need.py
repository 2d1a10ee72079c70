# SPDX-License-Identifier: Apache-2.0
"""plays_need: sections of the runbook on what cmekd needs, and on what an operator asked for."""
import os
import resource
import subprocess

from harness import CMEKCTL, check, wait_for
from page import write_chain
from play import READING, SLOW, plays
from world import API_KEY, one_project


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
    lines = good.split(b"\n")
    bad = next(n for n, line in enumerate(lines, 1) if b'"name":"billing"' in line)
    r.page.words["/backup/prod.ledger"] = backup
    r.daemon.start()
    r.told()
    r.run("cmekctl verify prod", "DAMAGED", f"line {bad}", status=1)
    part = r.run("cmekctl ledger export prod --good-part", status=1)
    check(part.out.encode() == b"\n".join(lines[:bad - 1]) + b"\n", part)
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


@plays("summary_attention", shift=True, settings={"Reaction": "approve"})
def summary_attention(r):
    r.cloud.key("disable")
    r.phase("waiting")
    check(not r.daemon.notices("summary_attention"), "told before its time")
    r.shift(3700, 0)  # the first line comes within an hour of a start
    told = r.told(PROJECT="prod")
    check("waiting" in told["MESSAGE"] and told["MESSAGE_ID"] and told["LEDGER_HEAD"] in told["MESSAGE"], told)
    r.run("cmekctl status prod", "WAITS FOR APPROVAL", status=3)
    r.run("cmekctl check prod")
    r.nothing_paused()


@plays("not_started", start=False)
def not_started(r):
    with open(r.daemon.conf, encoding="utf-8") as f:
        good = f.read()
    r.daemon.write(r.daemon.conf, good.replace("[Daemon]\n", "[Daemon]\nMaxPauses=many\n"))
    r.daemon.start(wait=False)
    check(r.daemon.process.wait(60) == 1, r.daemon.stderr())
    check(int(r.told()["PRIORITY"]) <= 2, r.daemon.notices("not_started"))
    r.run("cmekd --check-config", "cmekd.conf:2", "MaxPauses", status=1)
    r.run("journalctl -t cmekd -p err", "MaxPauses", "nothing is watched")
    r.daemon.write(r.daemon.conf, good)
    r.run("systemctl start cmekd")
    r.headline("usable")


@plays("credentials_missing", start=False)
def credentials_missing(r):
    key = r.page.path("key")
    r.daemon.write_project("prod", ApiKeyFile=key)
    r.daemon.start()
    r.told()
    r.run("cmekctl credentials prod", key)
    secret(key, r.cloud.info["api_key_file"])
    r.run("systemctl reload cmekd")
    r.headline("usable")


@plays("credentials_failed", start=False)
def credentials_failed(r):
    keys = r.page.path("keys")
    secret(keys, r.cloud.info["aws_credentials_file"])
    r.daemon.write_config(AWS={"CredentialsFile": keys})
    r.daemon.start()
    r.headline("usable")
    with open(keys, "w", encoding="utf-8") as f:
        f.write("nonsense\n")
    r.daemon.reload()
    r.told()
    r.run("cmekctl credentials prod", keys)
    r.daemon.looks(3)
    check(r.daemon.headline() == "usable", "those from before are used")
    secret(keys, r.cloud.info["aws_credentials_file"])
    r.run("systemctl reload cmekd")
    check(len(r.daemon.notices("credentials_failed")) == 1, r.daemon.notices("credentials_failed"))


def secret(path, source):
    with open(source, "rb") as f, open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as to:
        to.write(f.read())


@plays("api_changed")
def api_changed(r):
    r.cloud.fault("dedicated", "status", status=404, body='{"message":"no Route matched with those values"}', op="ListClusters")
    r.told()
    r.run("cmekctl status --lanes", "v1beta")
    check(r.daemon.headline() == "usable", r.daemon.status())
    r.cloud.clear_faults()
    r.daemon.reload()
    r.daemon.told("api_back")


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

    def refused():
        """Where the machine is so slow that the key was not looked at lately, nothing is sent."""
        check(r.ctl("drill", "prod", "--live", "spare", "--yes").status in (1, 3), "refused")
        return [s for s in r.daemon.ledger() if s["type"] == "live_drill" and s.get("end") == "refused"]
    wait_for(refused, "TiDB Cloud refused it")
    r.told()
    got = r.run("cmekctl verify prod --list")
    last = " ".join(got.out.split()).rpartition(" live_drill ")[2]  # of its kind
    check("TiDB Cloud refused to pause it" in last, got)
    r.run("cmekctl check prod", "spare", status=3)
    r.cloud.cluster("spare", blockers={})
    r.daemon.looks(4)
    r.run("cmekctl drill prod --live", "runs again", status=0)
    check(r.cloud.clusters()["spare"]["state"] == "ACTIVE", r.cloud.clusters())


@plays("live_drill_stuck", world=with_spare, shift=True)
def live_drill_stuck(r):
    r.cloud.fault("dedicated", "latency", op="ResumeCluster", ms=600000, before_auth=True)
    client = subprocess.Popen([CMEKCTL, "drill", "prod", "--live", "spare", "--yes",
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
