# SPDX-License-Identifier: Apache-2.0
"""service: cmekd as systemd runs it in a container, set up as README.md says, for a stand-in cloud beside it."""
import datetime
import json
import time

from container import Container, wait_for
from harness import Daemon, check

# Who asks: systemd-sysusers makes them.
USERS = """u asker - "may ask"
u actor - "may act"
u stranger - "may neither"
g cmekd-read -
g cmekd-operate -
m asker cmekd-read
m actor cmekd-operate
"""
API_KEY = "etc/credstore.encrypted/cmekd.tidbcloud-api-key"


class Service(Daemon):
    """As Daemon, which it is but for how it is started, asked and read."""

    def __init__(self, bench, cloud, settings=None):
        self.container = Container(bench)
        self.container.install()
        super().__init__(bench.path("cmekd"), cloud, settings=settings, etc=self.container.path("etc/cmekd"),
                         state_dir=self.container.path("var/lib/cmekd"),
                         # What it is built with is what a unit has.
                         daemon={"StateDirectory": None, "Socket": None, "ReadGroup": "cmekd-read", "OperateGroup": "cmekd-operate"},
                         tidb={"ApiKeyFile": None}, aws={"CredentialsFile": "aws-credentials"}, network={"CAFile": "/etc/cmekd/ca.pem"})
        bench.daemons.append(self)
        self.container.write("etc/sysusers.d/people.conf", USERS)
        with open(cloud.ca, encoding="ascii") as f:
            self.container.write("etc/cmekd/ca.pem", f.read())

    def set_up(self):
        """What is done once, after the first boot: the steps of an installation, and the secrets, one of them encrypted."""
        container = self.container
        for command in (["systemd-sysusers"], ["systemd-tmpfiles", "--create", "cmekd.conf"], ["journalctl", "--update-catalog"]):
            container.must(*command)
        with open(self.cloud.info["aws_credentials_file"], encoding="ascii") as f:
            container.write("etc/credstore/cmekd.aws-credentials", f.read(), 0o600)
        with open(self.cloud.info["api_key_file"], encoding="ascii") as f:
            container.must("systemd-creds", "encrypt", "--name=tidbcloud-api-key", "-", "/" + API_KEY, stdin=f.read())
        self.drop_in("credential", "LoadCredentialEncrypted=tidbcloud-api-key:cmekd.tidbcloud-api-key")

    def drop_in(self, name, *lines):
        self.container.write(f"etc/systemd/system/cmekd.service.d/{name}.conf", "\n".join(["[Service]", *lines, ""]))
        self.container.must("systemctl", "daemon-reload")

    def boot(self):
        self.container.boot()
        self._booted()

    def reboot(self):
        self.container.reboot()
        self._booted()

    def power_cut(self):
        """Nothing is told to end."""
        self.container.kill()
        self.boot()

    def _booted(self):
        self.socket = self.container.live("run/cmekd/io.cmekd")

    # ---- systemd ----

    def systemctl(self, *words, timeout=90.0):
        return self.container.run("systemctl", *words, timeout=timeout)

    def start(self, wait=True):
        """systemctl waits for READY=1."""
        self.container.must("systemctl", "start", "cmekd", timeout=90)
        return self

    def stop(self):
        self.container.must("systemctl", "stop", "cmekd", timeout=90)

    def show(self, name):
        return self.container.must("systemctl", "show", "--value", f"--property={name}", "cmekd").strip()

    def is_active(self):
        return self.show("ActiveState") == "active"

    def pid(self):
        """As the container counts."""
        return int(self.show("MainPID"))

    def began(self):
        """When the process was started, as the stand-in writes times. The container has no clock of its own."""
        ago_s = time.monotonic() - int(self.show("ExecMainStartTimestampMonotonic")) / 1e6
        at = datetime.datetime.fromtimestamp(time.time() - ago_s, datetime.timezone.utc)
        return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"

    def proc(self, name):
        with open(self.container.live(f"proc/{self.pid()}/{name}"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def reload(self, notice="reloaded"):
        before = len(self.notices(notice))
        self.systemctl("reload", "cmekd")
        wait_for(lambda: len(self.notices(notice)) > before, f"notice {notice} after systemctl reload", every=0.1)

    # ---- what it says ----

    def journal(self):
        """Every line of the unit itself, of all boots."""
        out = self.container.must("journalctl", "--quiet", "--output=json", "--all", "SYSLOG_IDENTIFIER=cmekd")
        return [json.loads(line) for line in out.splitlines()]

    def entries(self, *matches):
        """The entries that journalctl finds by these matches."""
        out = self.container.must("journalctl", "--quiet", "--output=json", "--all", *matches)
        return [json.loads(line) for line in out.splitlines()]

    def told(self, name, seconds=30.0, **fields):
        return wait_for(lambda: self.notices(name, **fields), f"notice {name} {fields or ''}", seconds, every=0.1)[-1]

    def stderr(self):
        return ""

    def ledger_ends(self):
        """What is shown of it when a case fails."""
        return super().ledger_ends() + self.container.said()

    # ---- asking it ----

    def ctl(self, *words, uid=None, gid=None, timeout=60.0, who=None):
        """cmekctl in the container, as root or as one of USERS; the socket is the one that it looks for by itself."""
        check(uid is None and gid is None, "who= names somebody of the container")
        return self.container.run("cmekctl", *words, who=who, timeout=timeout)
