# SPDX-License-Identifier: Apache-2.0
"""operations: what doc/operations.md says is done, command by command: a backup while cmekd runs, another machine in the middle of an
incident, a backup that is too old, an upgrade and the way back, a journal that is shipped by systemd's own programs and anchors a
ledger that somebody changed, and what there is to monitor."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Bench, case, check, run, tap, together, wait_for
from page import Page, elsewhere, journal_of, preload, sections, shift_clock, text_of, write_chain
from world import one_project

UPLOAD, REMOTE = "/lib/systemd/systemd-journal-upload", "/lib/systemd/systemd-journal-remote"
TEXT = text_of("doc/operations.md")
PARTS = sections(TEXT)
ONE, OTHER = "1" * 32, "2" * 32  # machines


class Host:
    """A cloud, a daemon on a machine, and sections of the page."""

    def __init__(self, bench, shim):
        self.cloud = bench.cloud(one_project())
        self.daemon = bench.daemon(self.cloud)
        self.shim = shim
        preload(self.daemon, shim, CMEKD_TEST_MACHINE=ONE)
        self.backup = self.daemon.dir + "/backup"
        self.remote = self.daemon.dir + "/remote"
        os.makedirs(self.backup)
        self.daemon.start()
        self.daemon.wait_headline("usable")

    def page(self, *names):
        page = Page("\n".join(PARTS[n] for n in names), self.cloud, self.daemon)
        page.words.update({"/etc/cmekd": self.daemon.dir + "/etc", "/backup": self.backup, "/var/log/journal/remote": self.remote})
        return page

    def revoke(self):
        got = self.daemon.ctl("revoke", "prod", "--yes", "--wait")
        check(got.status == 0, got)

    def states(self):
        return {c["name"]: c["state"] for c in self.cloud.state()["clusters"]}

    def shipped(self):
        """The journal by systemd's own programs to another folder, over HTTP; the rest of the way is a matter of certificates."""
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        os.makedirs(self.remote, exist_ok=True)
        there = subprocess.Popen([REMOTE, f"--listen-http=127.0.0.1:{port}", "-o", self.remote + "/"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            def is_up():
                with socket.socket() as s:
                    return s.connect_ex(("127.0.0.1", port)) == 0
            wait_for(is_up, "the other host listens")
            journal = journal_of(self.daemon, self.daemon.dir + "/here.journal")
            got = run([UPLOAD, "--url", f"http://127.0.0.1:{port}", "--file", journal, "--follow=no",
                       "--save-state=" + self.daemon.dir + "/upload-state"])
            check(got.status == 0, got)
        finally:
            there.terminate()
            there.wait()

    def rewritten(self, path, change):
        """The ledger with its records as `change` makes them."""
        write_chain(path, change(self.daemon.ledger()))


def moved(bench, shim):
    host = Host(bench, shim)
    daemon, cloud = host.daemon, host.cloud
    with case("Back up: while it runs and writes, in an open incident; the copy holds"):
        host.revoke()
        page = host.page("Back up")
        for words in (("tar --create",), ("mkdir",), ("tar --extract",), ("cmekctl verify", "OK")):
            page.run(*words)
        page.end()
    with case("Move to another host: the ledger is foreign, nothing is done before adopt; then the incident goes on"):
        host.shipped()
        subprocess.run(["journalctl", "--directory", host.remote, "-t", "cmekd", "-o", "json"], check=True,
                       stdout=open(daemon.dir + "/lines", "w", encoding="utf-8"))
        daemon.stop()
        page = host.page("Back up", "Move to another host, or restore a backup")
        page.run("tar --create")  # once more
        del page.left[:3]
        shutil.rmtree(daemon.state_dir)
        shutil.rmtree(daemon.dir + "/etc")
        os.remove(daemon.journal_file)
        preload(daemon, shim, CMEKD_TEST_MACHINE=OTHER)
        page.run("tar --extract")
        page.run("cmekd --check-config")
        page.run("cmekctl verify prod --heads lines", "each is that of its record")
        mark = cloud.mark()
        page.run("systemctl start cmekd")
        daemon.told("ledger_foreign")
        page.run("cmekctl status prod", "machine", status=3)
        page.run("cmekctl ledger adopt prod")
        daemon.wait_headline("dark")
        page.run("cmekctl status prod", "DARK", status=3)
        page.end()
        check(not cloud.pauses(mark) and not cloud.acts("PutKeyPolicy", mark), cloud.log(mark))
        cloud.cluster("orders", lost_resume="active")
        cloud.cluster("orders", "resume")
        wait_for(lambda: cloud.pauses(mark), "what is dark is kept dark")
        daemon.wait_headline("dark")
        got = daemon.ctl("restore", "prod", "--yes", "--wait")
        check(got.status == 0, got)
        check(host.states() == {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"}, host.states())
    daemon.stop()


def too_old(bench, shim):
    host = Host(bench, shim)
    daemon, cloud = host.daemon, host.cloud
    with case("A backup older than the incident: told by the heads; nothing by itself; the way out leads to running clusters"):
        shutil.copy(daemon.ledger_file(), host.backup)
        host.revoke()
        host.shipped()
        with open(daemon.dir + "/lines", "w", encoding="utf-8") as out:
            subprocess.run(["journalctl", "--directory", host.remote, "-t", "cmekd", "-o", "json"], check=True, stdout=out)
        daemon.stop()
        shutil.copy(host.backup + "/prod.ledger", daemon.ledger_file())
        mark = cloud.mark()
        page = host.page("When the backup is older than the last incident")
        page.run("cmekctl verify prod --heads lines", "IS MISSING", status=1)
        page.run("systemctl start cmekd")
        daemon.told("needs_approval")
        told = page.run("journalctl --directory", "orders", "billing")
        check("archive" not in told.out, told)
        status = page.run("cmekctl status prod", "--adopt", status=3)
        page.words["SID"] = re.search(r"CmekdCut\w+", status.out)[0]
        daemon.looks(8)
        check(not cloud.acts("ResumeCluster", mark) and not cloud.acts("PutKeyPolicy", mark), cloud.log(mark))
        page.run("cmekctl restore prod/us-west-2 --adopt")
        page.end()
        daemon.wait_headline("usable")
        check(host.states()["orders"] == "PAUSED", host.states())
        for name in ("orders", "billing"):
            cloud.cluster(name, "resume")
        wait_for(lambda: host.states()["orders"] == host.states()["billing"] == "ACTIVE", "they run")
        daemon.looks(4)
        check(daemon.ctl("status", "prod").status == 0, daemon.ctl("status", "prod"))
    daemon.stop()


def upgraded(bench, shim):
    host = Host(bench, shim)
    daemon, cloud = host.daemon, host.cloud
    page = host.page("Upgrade, and back")
    with case("Upgrade in an open incident: nothing is lost, nothing is done twice"):
        host.revoke()
        mark = cloud.mark()
        page.run("cmekctl status prod", "DARK", status=3)
        page.run("cmekd --check-config")
        page.run("systemctl restart cmekd")
        daemon.wait_headline("dark")
        page.run("cmekctl status prod", "DARK", status=3)
        check(not [e for op in ("PauseCluster", "ResumeCluster", "PutKeyPolicy") for e in cloud.acts(op, mark)], cloud.log(mark))
    with case("Back to an older one that does not know a record: it observes, and leaves the file; the newer one goes on"):
        daemon.stop()
        with open(daemon.ledger_file(), "rb") as f:
            good = f.read()
        host.rewritten(daemon.ledger_file(), lambda records: records + [
            {"seq": records[-1]["seq"] + 1, "prev": "", "at": records[-1]["at"], "type": "invention"}])
        with open(daemon.ledger_file(), "rb") as f:
            newer = f.read()
        check(newer.startswith(good), "it was only appended to")
        daemon.start()
        daemon.told("ledger_damaged")
        page.run("cmekctl verify prod", "a newer cmekd wrote it", "leave the file as it is", status=1)
        page.run("cmekctl status prod", "only observed", status=3)
        page.end()
        daemon.stop()
        with open(daemon.ledger_file(), "rb") as f:
            check(f.read().rstrip(b"\0") == newer, "the file was changed")
        with open(daemon.ledger_file(), "wb") as f:
            f.write(good)  # as to the newer one, which knows the record
        daemon.start()
        daemon.wait_headline("dark")
    daemon.stop()


def anchored(bench, shim):
    host = Host(bench, shim)
    daemon, cloud = host.daemon, host.cloud
    read = host.backup + "/read" + daemon.state_dir + "/ledger/prod.ledger"
    os.makedirs(os.path.dirname(read))
    with case("Ship the journal: the settings are ones that systemd's programs have"):
        for name, block in zip(("upload", "remote"), re.findall(r"^```ini\n(.*?)^```", TEXT, re.M | re.S)):
            with open(f"/etc/systemd/journal-{name}.conf", encoding="utf-8") as f:
                known = re.findall(r"^# ?(\w+)=", f.read(), re.M)
            keys = re.findall(r"^(\w+)=", block, re.M)
            check(keys and set(keys) <= set(known) and block.startswith(f"[{name.capitalize()}]\n"), (keys, known))
    host.revoke()
    check(daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, daemon.status())
    host.shipped()
    shutil.copy(daemon.ledger_file(), read)
    last = max(int(n["LEDGER_SEQ"]) for n in daemon.notices() if "LEDGER_SEQ" in n)
    print(f"# the last line anchors record {last} of {len(daemon.ledger())}")
    with case("shipped by systemd, the heads fit the ledger"):
        page = host.page("Ship the journal")
        page.run("journalctl --directory")
        page.run("cmekctl verify", "each is that of its record")
        page.end()

    def compared(*says, alone=0):
        got = run([os.path.join(os.environ["CMEKD_BUILD"], "cmekctl"), "verify", read])
        check(got.status == alone, ("the chain alone", got))
        page = host.page("Ship the journal")
        page.run("journalctl --directory")
        page.run("cmekctl verify", *says, status=1)

    with case("a tail that was cut off: the chain alone holds, the heads tell"):
        host.rewritten(read, lambda records: records[:last - 1])
        compared("IS MISSING")
    with case("a record that was changed, with every hash behind it made anew: the chain alone holds, the heads tell"):
        def another(records):
            dark = next(r for r in records if r["type"] == "dark")
            dark["at"] = str(int(dark["at"][:4]) - 1) + dark["at"][4:]
            return records
        host.rewritten(read, another)
        compared("DOES NOT FIT")
    with case("lines that were taken out of this host's journal are still there"):
        os.remove(daemon.journal_file)
        host.rewritten(read, lambda records: [r for r in records if r["seq"] < 8])
        compared("IS MISSING")
    with case("nothing to compare with proves nothing"):
        shutil.rmtree(host.remote)
        os.makedirs(host.remote)
        compared()
    daemon.stop()


def monitored(bench, shim):
    host = Host(bench, shim)
    daemon, cloud = host.daemon, host.cloud
    with case("Monitor: alerts by priority, exit codes, a sign of life each day"):
        page = host.page("Monitor")
        daemon.stop()
        check(daemon.ctl("status").status == 4, "the daemon does not answer")
        clock = daemon.dir + "/clock"
        shift_clock(clock, 0, 0)
        daemon.env["CMEKD_TEST_CLOCK"] = clock
        daemon.start()
        daemon.wait_headline("usable")
        for day in (1, 2):
            slept = 3700 + (day - 1) * 90000
            shift_clock(clock, slept, slept)
            # Who slept so long is blind until the next look, which the line may say.
            daily = wait_for(lambda d=day: (daemon.notices("summary") + daemon.notices("summary_attention"))[d - 1:],
                             f"the line of day {day}")
            check(all(line["LEDGER_HEAD"] and line["PROJECT"] == "prod" for line in daily), daily)
        wait_for(lambda: daemon.ctl("status").status == 0, "after the next look nothing needs anybody")
        cloud.key("disable")
        daemon.wait_headline("dark")
        lines = [json.loads(l) for l in page.run("journalctl -t cmekd -p err").out.splitlines()]
        check({"lost", "dark"} <= {l["NOTICE"] for l in lines} and all(int(l["PRIORITY"]) <= 3 for l in lines), lines)
        check(len([l for l in lines if l["NOTICE"] == "lost"]) == 1, "once, and not at each poll")
        page.run("cmekctl status --problems", "prod", status=3)
        page.run("cmekctl status prod", status=3)
        page.run("cmekctl ping", status=0)
        page.end()
        if os.geteuid() == 0:
            check(daemon.ctl("status", uid=65534, gid=65534).status == 5, "not permitted")
    daemon.stop()


def main():
    parts = {"Back up", "Move to another host, or restore a backup", "When the backup is older than the last incident",
             "Upgrade, and back", "Ship the journal", "Monitor"}
    tap.equal(sorted(PARTS), sorted(parts), "the page has the sections that are played")
    with Bench() as bench:
        shim = elsewhere(bench)
        together(*(lambda f=f: f(bench, shim) for f in (moved, too_old, upgraded, anchored, monitored)))
    tap.done()


main()
