# SPDX-License-Identifier: Apache-2.0
"""booted: what the maintainer scripts do under a booted systemd. Started by debian.py, with the folder of the two packages in
CMEKD_PACKAGES; it goes on in a container of tests/system."""
import glob
import os
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "system"))
os.environ["CMEKD_INSTALLED"] = "1"  # nothing of the tree is installed

from container import apart

apart("the package under a booted systemd")

from harness import Bench, case, check, tap, wait_for
from service import Service
from world import one_project

THIS, NEXT = "*[0-9]", "*+next"  # debian.py names them


class Packaged(Service):
    def dpkg(self, *words):
        """A configuration that was there before, as by a tool that manages hosts, is kept."""
        return self.container.must("dpkg", "--force-confold", *words, timeout=180)

    def install(self, version):
        deb, = glob.glob(f"{os.environ['CMEKD_PACKAGES']}/cmekd_{version}_*.deb")
        with open(deb, "rb") as f, open(self.container.path("cmekd.deb"), "wb") as copy:
            copy.write(f.read())
        return self.dpkg("--install", "/cmekd.deb")

    def state(self):
        return self.show("ActiveState"), self.show("UnitFileState")


def installed(service):
    with case("installed: enabled, not started; the socket unit is neither"):
        service.boot()
        service.container.run("rm", "-f", "/usr/sbin/policy-rc.d")  # as images of containers have one, against services
        service.install(THIS)
        check(service.state() == ("inactive", "enabled"), service.state())
        check(service.systemctl("is-enabled", "cmekd.socket").out.strip() == "disabled", "cmekd.socket is enabled")
    with case("systemctl start cmekd, and the next boot: it watches"):
        service.set_up()
        service.start()
        service.wait_headline("usable")
        service.reboot()
        wait_for(service.is_active, "it is started at boot", every=0.1)
        service.wait_headline("usable")
        wait_for(lambda: service.binding()["armed"], "armed")


def upgraded(service):
    with case("an upgrade in the middle of an incident: the daemon is started anew, once, and the incident goes on"):
        check(service.ctl("revoke", "prod", "--yes", "--wait").status == 0, service.status())
        pid, starts = service.pid(), len(service.notices("started"))
        service.install(NEXT)
        wait_for(lambda: service.is_active() and service.pid() not in (0, pid), "another process", every=0.1)
        service.wait_headline("dark")
        check(len(service.notices("started")) == starts + 1, service.notices("started"))
        check(service.ctl("restore", "prod", "--yes", "--wait").status == 0, service.status())
        service.wait_headline("usable")
    with case("one that an administrator has stopped stays so"):
        service.stop()
        service.install(THIS)
        check(service.state() == ("inactive", "enabled"), service.state())
    with case("one that is disabled stays so"):
        service.systemctl("disable", "cmekd")
        service.install(NEXT)
        check(service.state() == ("inactive", "disabled"), service.state())


def removed(service):
    root = service.container
    with case("removed in quiet times: the daemon is stopped, and nothing is said"):
        service.start()
        service.wait_headline("usable")
        got = service.dpkg("--remove", "cmekd")
        check(service.show("ActiveState") == "inactive" and "cmekd: removed" not in got, got)
    with case("removed in the middle of an incident: that is said, and what is kept"):
        service.install(NEXT)
        service.start()
        service.wait_headline("usable")
        check(service.ctl("revoke", "prod", "--yes", "--wait").status == 0, service.status())
        got = service.dpkg("--remove", "cmekd")
        check("cmekd: removed in the middle of this" in got and "/var/lib/cmekd are kept" in got and "prod" in got, got)
        check(service.show("ActiveState") == "inactive" and os.path.exists(root.path("var/lib/cmekd/ledger/prod.ledger")), got)
    with case("installed again and started: that incident goes on, and is ended"):
        service.install(NEXT)
        service.start()
        service.wait_headline("dark")
        check(service.ctl("restore", "prod", "--yes", "--wait").status == 0, service.status())
    with case("purged: nothing of it runs, is enabled or configured; the ledger is kept"):
        got = service.dpkg("--purge", "cmekd")
        check("/var/lib/cmekd is kept" in got and os.path.exists(root.path("var/lib/cmekd/ledger/prod.ledger")), got)
        check(service.show("LoadState") == "not-found" and not os.path.exists(root.path("etc/cmekd")), got)


with Bench() as bench:
    service = Packaged(bench, bench.cloud(one_project()))
    installed(service)
    upgraded(service)
    removed(service)
tap.done()
