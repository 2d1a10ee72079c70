# SPDX-License-Identifier: Apache-2.0
"""start: a booted systemd starts what is installed, and cmekd does its work in that sandbox. What it owes to systemd, to who asks it
and to who reads the journal."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from container import apart

apart("cmekd under a booted systemd")

from harness import SRC, Bench, case, check, message_ids, tap, wait_for
from service import API_KEY, Service
from world import one_project

EXPOSURE_MAX = 1.2
NOWHERE = "https://127.0.0.1:9"  # the container has a loopback and nothing else, and nobody listens there
SECRET, PRIVATE = "made-up-aws-secret-of-the-system-test-01", "made-up-private-key-of-the-system-test"


def flat(text):
    return " ".join(text.split())


def the_unit(container):
    with case("systemd-analyze verify finds nothing"):
        got = container.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "cmekd.service")
        check(got.status == 0 and "cmekd" not in got.err, got)
    with case(f"systemd-analyze security: an exposure of at most {EXPOSURE_MAX}"):
        said = container.must("systemd-analyze", "security", "--no-pager", "cmekd.service")
        level = re.search(r"Overall exposure level for cmekd\.service: (\d+\.\d+)", said)
        check(level and float(level[1]) <= EXPOSURE_MAX, said)


def unreachable(service):
    with case("started while neither cloud is reachable: READY all the same; status and journal tell it, and nothing is restarted"):
        service.start()
        pid = service.pid()
        told = service.told("blind", PROJECT="prod")
        check(told["REASON"] == "network", told)
        service.told("clusters_unread", PROJECT="prod")
        got = service.ctl("status", "prod")
        check(got.status == 3 and "BLIND" in got.out and "cannot be read from TiDB Cloud" in flat(got.out), got)
        state = [service.show(p) for p in ("ActiveState", "NRestarts", "MainPID")]
        check(state == ["active", "0", str(pid)], state)
        check(service.show("StatusText").startswith("projects: 1"), service.show("StatusText"))


def reload(service, cloud):
    with case("systemctl reload: a good configuration is taken, by the same process"):
        pid = service.pid()
        service.write_config(TiDBCloud={"Endpoint": cloud.info["endpoint"], "DedicatedEndpoint": cloud.info["endpoint"]},
                             AWS={"EndpointURL": cloud.info["endpoint"]})
        service.reload()
        service.wait_headline("usable")
        wait_for(lambda: service.binding()["armed"], "armed")
        wait_for(lambda: service.ctl("status").status == 0, "cmekctl status: no problem")
        check(service.pid() == pid and service.show("NRestarts") == "0", service.show("NRestarts"))
    with case("a bad one is told, with its file and line; the one before stays in force"):
        service.write_config(TiDBCloud={"Endpoint": NOWHERE, "NoSuchSetting": "1"})
        service.reload("reload_failed")
        check([j for j in service.journal() if re.search(r"cmekd\.conf:\d+: .*NoSuchSetting", j["MESSAGE"])], service.journal())
        service.looks(3)
        check(service.headline() == "usable" and service.pid() == pid, service.status())
        check(service.show("ActiveState") == "active", service.show("ActiveState"))
        service.write_config(TiDBCloud={"Endpoint": cloud.info["endpoint"], "NoSuchSetting": None})
        service.reload()


def answered(service, who):
    """Whether `who` is told the status, good or not."""
    got = service.ctl("status", "prod", who=who)
    return got.status in (0, 3) and "us-west-2" in got.out


def sandbox(service):
    with case("it runs as its own user, without a capability, under a system call filter"):
        status = dict(line.split(":\t", 1) for line in service.proc("status").splitlines())
        uid = service.container.must("id", "-u", "cmekd").strip()
        check(status["Uid"].split() == [uid] * 4 and uid != "0", status["Uid"])
        check(all(int(status[name], 16) == 0 for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")), status)
        check(status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", status)
    with case("no core file is made of it"):
        check(re.search(r"^Max core file size +0 +0 ", service.proc("limits"), re.M), service.proc("limits"))
        check(service.show("LimitCORE") == "0", "before its main began it would have been")
    with case("a member of the ReadGroup may ask, of the OperateGroup act, anybody else is told that they may not: by the uid of the kernel"):
        check(answered(service, "asker"), "refused")
        got = service.ctl("revoke", "prod", "--yes", who="asker")
        check(got.status == 5 and "OperateGroup" in flat(got.err), got)
        got = service.ctl("revoke", "prod", "--dry-run", who="actor")
        check(got.status == 0, got)
        got = service.ctl("status", who="stranger")
        check(got.status == 5 and not got.out, got)
        check(service.phase() == "none", service.status())


def log_level(service):
    def level():
        return service.container.must("systemctl", "service-log-level", "cmekd").strip()

    with case("systemctl service-log-level cmekd debug: each look is told, until it is set back; only root may"):
        service.told("started")
        wait_for(lambda: service.systemctl("service-log-level", "cmekd").status == 0, "it is on the bus", every=0.1)
        check(level() == "info" and not service.entries("PRIORITY=7", "SYSLOG_IDENTIFIER=cmekd"), level())
        service.container.must("systemctl", "service-log-level", "cmekd", "debug")
        wait_for(lambda: service.entries("PRIORITY=7", "SYSLOG_IDENTIFIER=cmekd"), "lines of debug", every=0.1)
        check(level() == "debug", level())
        service.container.must("systemctl", "service-log-level", "cmekd", "info")
        got = service.container.run("systemctl", "service-log-level", "cmekd", "debug", who="stranger")
        check(got.status != 0 and level() == "info", got)
    with case("without a bus it runs all the same, and is on it again once there is one"):
        service.container.must("systemctl", "stop", "dbus.socket", "dbus.service")
        service.container.must("systemctl", "restart", "cmekd")
        service.wait_headline("usable")
        check(service.systemctl("service-log-level", "cmekd").status != 0, "there is a bus")
        service.container.must("systemctl", "start", "dbus.socket")
        wait_for(lambda: service.systemctl("service-log-level", "cmekd").status == 0, "on the bus again", every=0.1)


def secrets(service):
    container = service.container
    with case("credentials, one of them encrypted by systemd-creds, reach it, and nobody else"):
        held = [container.must("cat", f"/run/credentials/cmekd.service/{name}") for name in ("tidbcloud-api-key", "aws-credentials")]
        check(PRIVATE in held[0] and SECRET in held[1], "not what the stand-in knows")
        with open(container.path(API_KEY), encoding="ascii") as f:
            check(PRIVATE not in f.read(), "the file is not encrypted")
        got = service.ctl("credentials", "prod")
        check(got.status == 0 and "systemd" in got.out, got)
        got = container.run("cat", "/run/credentials/cmekd.service/tidbcloud-api-key", who="stranger")
        check(got.status != 0, "readable by anybody")
    with case("no secret is in the environment, in what systemd shows, in the journal, or in the ledger"):
        places = {"environ": service.proc("environ"), "show": service.systemctl("show", "cmekd").out,
                  "journal": container.must("journalctl", "--all", "--output=export"),
                  "ledger": container.must("cat", "/var/lib/cmekd/ledger/prod.ledger")}
        check("CREDENTIALS_DIRECTORY=" in places["environ"] and "MESSAGE_ID=" in places["journal"], "not what is looked for")
        found = [name for name, text in places.items() if SECRET in text or PRIVATE in text]
        check(not found, found)


def journal(service):
    ids = message_ids()
    with case("alerts are found by MESSAGE_ID, and by their fields"):
        found = service.entries(f"MESSAGE_ID={ids['blind'][1]}", "PROJECT=prod")
        check(found and found[0]["NOTICE"] == "blind" and found[0]["KEY_ARN"] == service.cloud.arn(), found)
        check(found[0]["_SYSTEMD_UNIT"] == "cmekd.service" and found[0]["SYSLOG_IDENTIFIER"] == "cmekd", found)
        for n in service.notices():
            check((n["PRIORITY"], n["MESSAGE_ID"]) == ids[n["NOTICE"]], n)
        check(not service.entries(f"MESSAGE_ID={ids['blind'][1]}", "PROJECT=other"), "of another project")
    with case("journalctl -p err -u cmekd shows them"):
        out = service.container.must("journalctl", "--quiet", "--priority=err", "--unit=cmekd", "--output=cat")
        check("could not be judged" in out and "could not be read" in out, out)
        check("key seen usable" not in out, out)
    with case("journalctl -x shows the text of the catalog"):
        with open(SRC + "/systemd/cmekd.catalog", encoding="utf-8") as f:
            entry = f.read().partition(f"-- {ids['blind'][1]}\n")[2].partition("\n-- ")[0]
        out = service.container.must("journalctl", "--quiet", "--catalog", f"MESSAGE_ID={ids['blind'][1]}").replace("\u2591\u2591", "")
        check("What to do:" in entry and flat(entry.rpartition("Support:")[2].partition("\n")[2]) in flat(out), out)


def again(service):
    with case("systemctl stop: it ends well, and its socket is gone"):
        service.stop()
        check(service.show("Result") == "success" and service.show("ActiveState") == "inactive", service.show("Result"))
        got = service.ctl("ping")
        check(got.status == 4, got)
    with case("started with a configuration that cannot be used: said, and started again until it can, however often"):
        service.drop_in("quick", "RestartSec=100ms")
        service.write_config(Daemon={"NoSuchSetting": "1"})
        check(service.systemctl("start", "cmekd").status != 0, "it started")
        wait_for(lambda: int(service.show("NRestarts")) > 6, "restarts; five are the most that systemd makes by itself", every=0.1)
        check([j for j in service.journal() if "the configuration (/etc/cmekd) has errors" in j["MESSAGE"]], service.journal())
        service.write_config(Daemon={"NoSuchSetting": None})
        wait_for(lambda: service.show("ActiveState") == "active", "it is started with the mended one", every=0.1)
        service.wait_headline("usable")


def socket_activation(service):
    container = service.container
    with case("cmekd.socket, enabled as its unit says: the daemon takes the socket, and people are told apart on it"):
        for words in (["stop", "cmekd"], ["enable", "--now", "cmekd.socket"]):
            container.must("systemctl", *words)
        made = os.stat(service.socket).st_ino
        service.start()
        service.wait_headline("usable")
        check(os.stat(service.socket).st_ino == made, "it made a socket of its own")
        check(answered(service, "asker"), "refused")
        check(service.ctl("status", "prod", who="stranger").status == 5, service.ctl("status", "prod", who="stranger"))
    with case("who asks while it is started again waits for the answer; nobody is refused"):
        pid = service.pid()
        container.must("systemctl", "restart", "--no-block", "cmekd")
        answers = []

        def asked():
            answers.append(service.ctl("ping"))
            return len(answers) > 1 and service.pid() not in (0, pid)
        wait_for(asked, "it is started again")
        check(all(got.status == 0 for got in answers), answers)
        service.stop()
        got = service.ctl("ping")
        check(got.status == 0 and service.pid() > 0, f"a connect starts it: {got}")
    with case("disabled again: the daemon makes its own"):
        container.must("systemctl", "disable", "--now", "cmekd.socket", "cmekd.service")
        check(service.ctl("ping").status == 4, service.ctl("ping"))
        service.start()
        check(service.ctl("ping").status == 0, service.ctl("ping"))


with Bench() as bench:
    cloud = bench.cloud(one_project(secret=SECRET, private=PRIVATE))
    service = Service(bench, cloud)
    service.write_config(TiDBCloud={"Endpoint": NOWHERE, "DedicatedEndpoint": NOWHERE}, AWS={"EndpointURL": NOWHERE})
    service.write_project("prod", Key=cloud.arn())  # so that the key is known before TiDB Cloud was read
    with case("systemd boots, and knows the installed unit"):
        service.boot()
        service.set_up()
        check(service.show("LoadState") == "loaded", service.show("LoadState"))
    the_unit(service.container)
    unreachable(service)
    reload(service, cloud)
    sandbox(service)
    log_level(service)
    secrets(service)
    journal(service)
    again(service)
    socket_activation(service)
tap.done()
