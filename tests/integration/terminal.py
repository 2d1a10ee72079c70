# SPDX-License-Identifier: Apache-2.0
"""terminal: what cmekctl asks a person on a real terminal, and what it does with the answers: right ones, wrong ones, none, Ctrl-C.
What is typed is typed through a pty, to a cmekctl that leads its session there; what counts is what the cloud saw."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import CMEKCTL, TIME_FACTOR, Bench, case, check, tap, together, wait_for
from world import OWN, World

ROOT = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}, "Action": "kms:*", "Resource": "*"}
PASSWORD = "typed-unseen-4711"
INTERRUPT, END = "\x03", "\x04"  # what Ctrl-C and Ctrl-D send


class Terminal:
    """cmekctl on a terminal of 80 columns, and all that it showed."""

    def __init__(self, daemon, *words, **env):
        self.master, slave = pty.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))

        def lead():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen([CMEKCTL, *words], stdin=slave, stdout=slave, stderr=slave, preexec_fn=lead,
                                        env={**os.environ, "TERM": "xterm", "CMEKD_SOCKET": daemon.socket, **env})
        os.close(slave)
        self.raw = self.text = ""  # with colour, and without
        self.at = 0

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            got = os.read(self.master, 65536).decode("utf-8", "replace").replace("\r\n", "\n")
        except OSError:  # the last has left it
            return None
        self.raw += got
        self.text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[0-9;?[]*$", "", self.raw)
        return True

    def until(self, text):
        """Waits for it behind what was waited for before."""
        end = time.monotonic() + 30 * TIME_FACTOR
        while text not in self.text[self.at:]:
            if self.read(0.2) is None or time.monotonic() > end:
                raise AssertionError(f"never shown: {text!r} in\n{self.text}")
        self.at = self.text.index(text, self.at) + len(text)
        return self

    def type(self, keys):
        os.write(self.master, keys.encode())
        return self

    def answer(self, prompt, line):
        return self.until(prompt).type(line + "\n")

    def echo(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def end(self):
        """The exit status, or minus the signal; and that the terminal is as it was found."""
        quiet = time.monotonic() + 60 * TIME_FACTOR
        while self.process.poll() is None and time.monotonic() < quiet:
            self.read(0.05)
        check(self.process.poll() is not None, "it never ended:\n" + self.text)
        while self.read(0):
            pass
        check(self.echo(), "the terminal was left without echo:\n" + self.text)
        os.close(self.master)
        return self.process.returncode


def spec(daemon, name):
    path = os.path.join(daemon.dir, name + ".json")
    daemon.write(path, json.dumps({
        "displayName": name, "regionId": "aws-us-west-2", "port": 4000,
        "tidbNodeSetting": {"nodeSpecKey": "8C16G", "tidbNodeGroups": [{"nodeCount": 2}]},
        "tikvNodeSetting": {"nodeSpecKey": "8C32G", "nodeCount": 3, "storageSizeGi": 500}}))
    return path


def puts(cloud, key, since=0):
    return [e for e in cloud.acts("PutKeyPolicy", since) if e["subject"] == key]


def walk(cloud, daemon, key):
    """setup, as a person goes through it, and a cluster."""
    setup = ("setup", "new", "--key", key)
    with case("setup: no answer, a wrong one and Ctrl-C each leave it, and nothing was changed"):
        for keys, status in ((END, 1), ("nwe\n", 1), (INTERRUPT, -signal.SIGINT)):
            t = Terminal(daemon, *setup)
            t.until("change the policy").until("Name (new): ").type(keys)
            check(t.end() == status, t.text)
            check(status != 1 or "\ncmekctl: not confirmed: nothing was changed" in t.text, t.text)
        check(puts(cloud, key) == [], puts(cloud, key))
    with case("setup: taken up again, it goes from step to step, asking before each"):
        t = Terminal(daemon, *setup)
        t.until("change the policy").answer("Name (new): ", "new")
        t.until("Done").until("for good").until("Name (new): ")
        check(len(puts(cloud, key)) == 1 and cloud.acts("CreateCmek") == [], t.text)
        t.type("new\n").until("Done").until("cluster create new")
        check(t.end() == 3 and len(cloud.acts("CreateCmek")) == 1, t.text)
        check("\x1b[" in t.raw, "there is colour")
    with case("no colour where none is wanted"):
        for words, env in ((("setup", "new"), {"NO_COLOR": "1"}), (("setup", "new"), {"TERM": "dumb"}),
                           (("setup", "new", "--no-color"), {})):
            t = Terminal(daemon, *words, **env)
            check(t.end() in (0, 3) and "\x1b" not in t.raw, t.raw)
            check(all(len(line) <= 80 or "arn:" in line for line in t.text.split("\n")), t.text)
    create = ("cluster", "create", "new", "--spec", spec(daemon, "one-1"))
    ask = "Root password of the new cluster (nothing: none yet): "
    with case("cluster create: says which; the password is typed unseen, and Ctrl-C gives the terminal its echo back"):
        t = Terminal(daemon, *create)
        t.until("cluster one-1 in aws-us-west-2: tidb 2 x 8C16G,").until(ask)
        check(not t.echo(), "the echo is off")
        t.type("half a pass" + INTERRUPT)
        check(t.end() == -signal.SIGINT and "half" not in t.text, t.text)
        t = Terminal(daemon, *create)
        t.until(ask).process.send_signal(signal.SIGTERM)
        check(t.end() == -signal.SIGTERM, t.text)
    with case("cluster create: two passwords that differ, none at all, one too long, no yes: nothing is created"):
        t = Terminal(daemon, *create)
        t.answer(ask, PASSWORD).answer("again: ", PASSWORD + "x")
        check(t.end() == 1 and "not the same" in t.text, t.text)
        t = Terminal(daemon, *create)
        t.until(ask).type(END)
        check(t.end() == 1 and "nothing was created" in t.text, t.text)
        t = Terminal(daemon, *create)
        t.answer(ask, "y" * 300)
        check(t.end() == 2 and "at most 256 bytes" in t.text, t.text)
        t = Terminal(daemon, *create)
        t.answer(ask, PASSWORD).answer("again: ", PASSWORD).answer("Name (new): ", "yes")
        check(t.end() == 1, t.text)
        check(cloud.acts("CreateCluster") == [], cloud.acts("CreateCluster"))
    with case("cluster create: the password arrives, and is shown nowhere"):
        t = Terminal(daemon, *create)
        t.answer(ask, PASSWORD).answer("again: ", PASSWORD).answer("Name (new): ", "new")
        check(t.end() == 0 and PASSWORD not in t.text, t.text)
        made = [c for c in cloud.state()["clusters"] if c["name"] == "one-1"]
        check(len(made) == 1 and made[0]["has_password"], made)
    with case("cluster create: nothing typed is no password, and --yes asks nothing at all"):
        t = Terminal(daemon, "cluster", "create", "new", "--spec", spec(daemon, "two-2"))
        t.answer(ask, "").until("No root password").answer("Name (new): ", "new")
        check(t.end() == 0, t.text)
        t = Terminal(daemon, "cluster", "create", "new", "--spec", spec(daemon, "three-3"), "--yes")
        check(t.end() == 0 and "Root password" not in t.text and "No root password" in t.text, t.text)
        made = {c["name"]: c["has_password"] for c in cloud.state()["clusters"]}
        check(made["two-2"] is False and made["three-3"] is False, made)
    with case("project create: asked by the new name"):
        t = Terminal(daemon, "project", "create", "shop")
        t.answer("Name (shop): ", "shopp")
        check(t.end() == 1 and cloud.acts("CreateProject") == [], t.text)
        t = Terminal(daemon, "project", "create", "shop")
        t.answer("Name (shop): ", "shop").until("VendorAccount=")
        check(t.end() == 0 and len(cloud.acts("CreateProject")) == 1, t.text)


def revoke(cloud, daemon):
    mark = cloud.mark()
    with case("revoke: no answer and a wrong one leave all as it is"):
        for keys in (END, "y\n", "\n", "x" * 400 + "\n"):
            t = Terminal(daemon, "revoke", "prod")
            t.until("Plan to revoke").until("anything else stops").until("Name (prod): ").type(keys)
            check(t.end() == 1 and "nothing was changed" in t.text, t.text)
        sent = puts(cloud, cloud.arn(1), mark)
        check(sent == [] and cloud.pauses(mark) == [], sent)
    with case("drill --live: asked by the cluster's own name"):
        t = Terminal(daemon, "drill", "prod", "--live", "orders")
        t.until("connections break").answer("Name (orders): ", "prod")
        check(t.end() == 1 and "nothing was changed" in t.text and cloud.pauses(mark) == [], t.text)
        t = Terminal(daemon, "drill", "prod", "--live", "orders")
        t.answer("Name (orders): ", "orders").until("Ctrl-C leaves").until("it was paused, resumed, and runs again")
        check(t.end() == 0, t.text)
    with case("revoke --wait: Ctrl-C leaves, and it goes on to dark"):
        cloud.config(pausing_ms=2000)
        t = Terminal(daemon, "revoke", "prod", "--wait", "--reason", "tried")
        t.answer("Name (prod): ", "prod").until("Following").until("pausing").type(INTERRUPT)
        check(t.end() == 3 and "Left; nothing was stopped" in t.text, t.text)
        daemon.wait_headline("dark")
        t = Terminal(daemon, "revoke", "prod", "--wait")
        check(t.end() == 0 and "already" in t.text and "DARK" in t.text, t.text)
    with case("restore: asked, and followed to the end"):
        t = Terminal(daemon, "restore", "prod", "--wait")
        t.answer("Name (prod): ", "nobody")
        check(t.end() == 1 and daemon.headline() == "dark", t.text)
        t = Terminal(daemon, "restore", "prod", "--wait")
        t.answer("Name (prod): ", "prod").until("closed")
        check(t.end() == 0, t.text)
    with case("approve: shows what waits, and asks"):
        cloud.config(pausing_ms=100)
        cloud.key("disable", cloud.arn(1))
        wait_for(lambda: daemon.phase() == "waiting", "it waits")
        t = Terminal(daemon, "approve", "prod#2")
        t.until("orders").until("Name (prod): ").type(END)
        check(t.end() == 1 and daemon.phase() == "waiting", t.text)
        t = Terminal(daemon, "approve", "prod#2")
        t.answer("Name (prod): ", "prod")
        check(t.end() == 0, t.text)
        daemon.wait_headline("dark")


world = World()
new_key = world.key(policy=json.dumps({"Version": "2012-10-17", "Statement": [ROOT]}))
world.project("new", {}, keys=[])
world.project("prod", {"orders": "ACTIVE"})
with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, settings={"Reaction": "approve"}).start()
    daemon.wait_headline("usable")
    wait_for(lambda: daemon.status("new").get("clustersAgeMs") is not None, "both are read")
    together(lambda: walk(cloud, daemon, new_key), lambda: revoke(cloud, daemon))
tap.done()
