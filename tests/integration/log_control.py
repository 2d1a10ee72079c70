# SPDX-License-Identifier: Apache-2.0
"""log_control: level and target of the log on the bus, as `systemctl service-log-level` sets them: got and set by those who may,
refused else; a daemon without a bus, with one that comes, dies and comes back, and with one that does not know it."""
import getpass
import os
import shutil
import socket
import subprocess

from harness import SRC, TIME_FACTOR, Bench, case, check, run, tap, wait_for
from world import one_project

OBJECT = ["io.cmekd", "/org/freedesktop/LogControl1", "org.freedesktop.LogControl1"]
# What /usr/share/dbus-1/system.conf forbids and permits, without what is of no use here.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  {more}
</busconfig>
"""


class Bus:
    """A dbus-daemon of our own, with the policy that is shipped, or another, or none."""

    def __init__(self, bench):
        self.bench, self.path, self.process = bench, bench.path("bus"), None
        self.address = "unix:path=" + self.path

    def start(self, policy=None):
        with open(os.path.join(SRC, "systemd/io.cmekd.conf"), encoding="utf-8") as f:
            shipped = f.read().replace('user="cmekd"', f'user="{getpass.getuser()}"')
        conf = self.bench.path("bus.conf")
        for path, text in ((self.bench.path("policy.conf"), shipped if policy is None else policy),
                           (conf, BUS.format(path=self.path, more=f"<include>{self.bench.path('policy.conf')}</include>"))):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        self.process = subprocess.Popen(["dbus-daemon", "--nofork", "--nopidfile", "--config-file=" + conf],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.bench.started.append(self.process)
        wait_for(lambda: os.path.exists(self.path), "the bus")

    def kill(self):
        self.process.kill()
        self.process.wait()
        os.unlink(self.path)

    def ask(self, verb, *words, **options):
        return run(["busctl", "--address=" + self.address, verb, *OBJECT, *words], **options)

    def get(self, name):
        done = self.ask("get-property", name)
        return done.out.strip().removeprefix('s "').removesuffix('"') if done.status == 0 else None

    def set(self, name, value, kind="s", **options):
        return self.ask("set-property", name, kind, value, **options)


def refused(done, *words):
    check(done.status != 0 and all(w in done.err for w in words), done)


def levels(bus, cloud, daemon):
    with case("level, target and identifier can be read"):
        got = [bus.get(n) for n in ("LogLevel", "LogTarget", "SyslogIdentifier")]
        check(got == ["info", "console", "cmekd"], got)
    with case("at debug each look and each request is told, and no secret; at info again none"):
        check(bus.set("LogLevel", "debug").status == 0, "set")
        check(bus.get("LogLevel") == "debug", "get")

        def lines():
            return [j for j in daemon.journal() if j["PRIORITY"] == "7"]
        wait_for(lambda: any(j["MESSAGE"].startswith("prod/us-west-2: looked: usable") for j in lines()), "a look is told")
        wait_for(lambda: any(j["MESSAGE"].startswith("DescribeKey of arn:") and j.get("REQUEST_ID") for j in lines()),
                 "a request is told")
        wait_for(lambda: any(j["MESSAGE"].startswith("GET https://") and j["MESSAGE"].endswith(": 200") for j in lines()),
                 "a request to TiDB Cloud is told")
        daemon.status()
        wait_for(lambda: any(j["MESSAGE"].endswith("asks io.cmekd.Status") for j in lines()), "a call is told")
        text = repr(daemon.journal()) + daemon.stderr()
        for secret in (cloud.info["access_keys"][0]["secret"], cloud.info["api_keys"][0]["private"]):
            check(secret not in text, "a secret in the log")
        check(bus.set("LogLevel", "info").status == 0, "set")
        count = len(lines())
        daemon.looks(2)
        check(len(lines()) == count, lines()[count:])
    with case("a value that is none is refused, and says what is expected; alerts cannot be silenced"):
        refused(bus.set("LogLevel", "loud"), "err, warning, notice, info or debug")
        refused(bus.set("LogLevel", "crit"), "cannot be silenced")
        refused(bus.set("LogLevel", ""), "expected")
        refused(bus.set("LogLevel", "7", kind="u"))
        refused(bus.set("LogTarget", "null"), "journal, console or auto")
        refused(bus.set("SyslogIdentifier", "x"))
        check((bus.get("LogLevel"), bus.get("LogTarget")) == ("info", "console"), "changed all the same")
    with case("the target is set, and told"):
        check(bus.set("LogTarget", "console").status == 0 and bus.set("LogTarget", "auto").status == 0, "the same again")
        check(bus.get("LogTarget") == "console", bus.get("LogTarget"))
        check(bus.set("LogTarget", "journal").status == 0 and bus.get("LogTarget") == "journal", "journal")
        check(bus.set("LogTarget", "console").status == 0, "back")
        check("the log went to the journal before" in daemon.stderr(), daemon.stderr())


def others(bus):
    names = ("others may read the level, and by the policy of the bus not set it", "nor where a bus permits all")
    if os.getuid() != 0:
        for name in names:
            tap.skip(name, "needs root")
        return
    os.chmod(bus.bench.dir, 0o755)
    with case(names[0]):
        done = bus.ask("get-property", "LogLevel", uid=65534, gid=65534)
        check(done.status == 0 and done.out == 's "info"\n', done)
        refused(bus.set("LogLevel", "debug", uid=65534, gid=65534), "Access denied")
        check(bus.get("LogLevel") == "info", bus.get("LogLevel"))
    with case(names[1]):
        bus.kill()
        bus.start('<busconfig><policy context="mandatory"><allow own="*"/><allow send_destination="*"/></policy></busconfig>')
        wait_for(lambda: bus.get("LogLevel") == "info", "on the bus again")
        refused(bus.set("SyslogIdentifier", "x", uid=65534, gid=65534), "not writable")  # said by cmekd: it is reached
        refused(bus.set("LogLevel", "debug", uid=65534, gid=65534), "Access denied")
        check(bus.set("LogLevel", "info").status == 0, "we may")
        bus.kill()
        bus.start()
        wait_for(lambda: bus.get("LogLevel") == "info", "on the bus again")


def comes_and_goes(bus, daemon):
    with case("a bus that dies is found when it is back; the level stays"):
        check(bus.set("LogLevel", "notice").status == 0, "set")
        bus.kill()
        daemon.looks(2)
        check(daemon.alive() and daemon.answers(), "it runs without")
        bus.start()
        wait_for(lambda: bus.get("LogLevel") == "notice", "on the bus again")
        check(bus.set("LogLevel", "info").status == 0, "set")
    with case("a bus that hangs holds up nothing"):
        os.kill(bus.process.pid, 19)
        daemon.looks(3)
        check(daemon.answers(), "answers")
        os.kill(bus.process.pid, 18)
        wait_for(lambda: bus.get("LogLevel") == "info", "it goes on")
    with case("a bus that does not know cmekd: said once, and the daemon runs"):
        bus.kill()
        bus.start("<busconfig/>")
        wait_for(lambda: any("does not give cmekd its name" in j["MESSAGE"] for j in daemon.journal()), "it is said")
        daemon.looks(3)
        said = [j for j in daemon.journal() if "does not give cmekd its name" in j["MESSAGE"]]
        check(len(said) == 1 and int(said[0]["PRIORITY"]) > 4, said)
        check(daemon.stop() < 2 * TIME_FACTOR, "it ends")


with Bench() as bench:
    cloud = bench.cloud(one_project())
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)  # for systemd: a daemon of a unit goes on the bus
    listener.bind(bench.path("notify"))
    listener.setblocking(False)
    daemon = bench.daemon(cloud)
    bus = Bus(bench)
    daemon.env.update(NOTIFY_SOCKET=bench.path("notify"), DBUS_SYSTEM_BUS_ADDRESS=bus.address)
    with case("without a bus it runs"):
        daemon.start()
        daemon.wait_headline("usable")
    if shutil.which("dbus-daemon") and shutil.which("busctl"):
        with case("a bus that comes later is found"):
            bus.start()
            wait_for(lambda: bus.get("LogLevel"), "on the bus")
        levels(bus, cloud, daemon)
        others(bus)
        comes_and_goes(bus, daemon)
    else:
        tap.skip("with a bus", "dbus-daemon or busctl is not installed")
tap.done()
