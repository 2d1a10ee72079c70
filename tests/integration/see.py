# SPDX-License-Identifier: Apache-2.0
"""see: what cmekctl shows while things happen: monitor, status --watch, status of those that were chosen, and what a shell
completes, all from real programs."""
import fcntl
import hashlib
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import BUILD, CMEKCTL, TIME_FACTOR, Bench, case, check, run, tap, varlink, wait_for
from world import World

world = World()
for name in ("prod", "prod-eu", "staging"):
    world.project(name, {"orders": "ACTIVE"})


class Reader:
    """A cmekctl that goes on, and what it printed so far."""

    def __init__(self, daemon, *words, terminal=None):
        env = {**os.environ, "TERM": "xterm", "CMEKD_SOCKET": daemon.socket}
        self.text, self.master = "", None
        if terminal:
            self.master, slave = pty.openpty()
            self.resize(*terminal)
            self.process = subprocess.Popen([CMEKCTL, *words], stdin=slave, stdout=slave, stderr=slave, env=env)
            os.close(slave)
        else:
            self.process = subprocess.Popen([CMEKCTL, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=subprocess.STDOUT, env=env)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        fd = self.master if self.master is not None else self.process.stdout.fileno()
        while True:
            try:
                got = os.read(fd, 65536)
            except OSError:  # the last on a terminal has left it
                return
            if not got:
                return
            self.text += got.decode("utf-8", "replace")

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def lines(self):
        return [json.loads(line) for line in self.text.split("\n")[:-1]]

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        status = self.process.wait(20 * TIME_FACTOR)
        self.thread.join(20 * TIME_FACTOR)
        return status


with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud).start()
    for name in ("prod", "prod-eu", "staging"):
        daemon.wait_headline("usable", name)

    people = Reader(daemon, "monitor")
    script = Reader(daemon, "monitor", "prod", "--json")
    piped = Reader(daemon, "status", "prod", "--watch", "--json")
    blocks = Reader(daemon, "status", "prod", "--watch")
    wait_for(lambda: "Listening" in people.text and "prod  OK" in blocks.text and piped.text, "all read")
    with case("monitor: what is asked for by a person is there at once"):
        def heard():
            daemon.call("io.cmekd.Suspend", {"project": "prod", "spanMs": 3600000, "reason": "see"})
            daemon.call("io.cmekd.Unsuspend", {"project": "prod"})
            return script.lines()
        wait_for(heard, "the script hears", every=0.3)
    cloud.key("disable", cloud.arn(0))
    daemon.wait_headline("dark")
    wait_for(lambda: any('"type":"dark"' in e.get("record", "") for e in script.lines()), "the record of dark")
    wait_for(lambda: any(e.get("notice") == "dark" for e in script.lines()), "the notice of dark")
    with case("monitor --json: each record since then, byte for byte, as a chain; of one project"):
        events = script.lines()
        records = [e for e in events if "record" in e]
        with open(daemon.ledger_file(), encoding="utf-8") as f:
            ledger = f.read().split("\n")
        for before, e in zip([None] + records, records):
            body = e["record"].rpartition(',"hash":')[0]
            check(hashlib.sha256(body.encode()).hexdigest() == e["hash"], e)
            check(ledger[e["seq"] - 1] == e["record"], e)
            check(before is None or json.loads(e["record"])["prev"] == before["hash"], (before, e))
        check({e["project"] for e in events} == {"prod"}, events)
    with case("monitor --json: notices are those of the journal"):
        told = [e["notice"] for e in events if "notice" in e]
        journal = [j["NOTICE"] for j in daemon.notices() if j.get("PROJECT") == "prod"]
        check(told == journal[-len(told):] and "lost" in told, (told, journal))
    with case("monitor: the same in words, of all projects; Ctrl-C ends it well"):
        wait_for(lambda: ")  dark  #1 us-west-2" in people.text, "dark in words\n" + people.text)
        check("verdict  us-west-2 lost (key_disabled)" in people.text and "reason: see" in people.text, people.text)
        check(people.end() == 0 and script.end(signal.SIGTERM) == 0, people.text)
    with case("status --watch in a pipe: a block, or a document a line, for each change, and the exit code says how it stands"):
        wait_for(lambda: piped.lines()[-1]["project"]["headline"] == "dark" and "prod  DARK" in blocks.text, "dark is shown")
        shown = [d["project"]["headline"] for d in piped.lines()]
        check(shown[0] == "usable" and shown[-1] == "dark" and len(shown) < 30, shown)
        check("\x1b" not in blocks.text and piped.end() == 3 and blocks.end() == 3, blocks.text)
    with case("status --watch on a terminal: in place, at its size, and what was there before is there again"):
        live = Reader(daemon, "status", "prod", "--watch", "--no-color", terminal=(80, 40))
        wait_for(lambda: "clusters listed" in live.text, "the whole of it")
        check(live.text.startswith("\x1b[?1049h") and "more lines" not in live.text, live.text)
        live.resize(50, 8)
        wait_for(lambda: "more lines" in live.text, "what fits a lower terminal")
        check(live.end() == 3 and live.text.endswith("\x1b[?7h\x1b[?25h\x1b[?1049l"), live.text)
    with case("status --watch of all: drawn when something happens, at the size that there is, over a restart of cmekd, until Ctrl-C"):
        live = Reader(daemon, "status", "--watch", "--no-color", terminal=(80, 40))
        wait_for(lambda: "prod-eu  OK" in live.text and "prod  DARK" in live.text, "all of them")
        asked = live.text.count("\x1b[H")
        daemon.ctl("suspend", "prod-eu", "--for", "1h")
        wait_for(lambda: "prod-eu  SUSPENDED" in live.text, "what a person did", seconds=3)
        check(live.text.count("\x1b[H") <= asked + 6, "not drawn for each event of a storm")
        live.resize(60, 4)
        wait_for(lambda: "more lines" in live.text, "what fits a lower terminal")
        daemon.stop()
        wait_for(lambda: "connection to cmekd is lost" in live.text, "it says so")
        daemon.start()
        daemon.ctl("unsuspend", "prod-eu")
        mark = len(live.text)
        live.resize(80, 40)
        wait_for(lambda: "prod-eu  OK" in live.text[mark:] and "prod  DARK" in live.text[mark:], "it goes on")
        check(live.end() == 3 and live.text.endswith("\x1b[?7h\x1b[?25h\x1b[?1049l"), live.text[-500:])
    with case("status --watch of all needs a terminal, and says what does not"):
        got = daemon.ctl("status", "--watch")
        check(got.status == 2 and "cmekctl monitor" in got.err, got)
    with case("--problems, --headline and --name choose, and the exit code is about what was chosen"):
        got = daemon.ctl("status", "--problems")
        check(got.status == 3 and "prod  DARK" in got.out and "1 of 3 projects" in got.out, got)
        got = daemon.ctl("status", "--headline", "usable", "--json")
        check(got.status == 0 and [p["name"] for p in got.json()["projects"]] == ["prod-eu", "staging"], got)
        got = daemon.ctl("status", "--name", "prod*", "--sort", "headline")
        check(got.status == 3 and got.out.index("prod  DARK") < got.out.index("prod-eu  OK"), got)
    with case("who reads too slowly is told how much is missing, and gets the rest"):
        with varlink.Connection(daemon.socket, 60 * TIME_FACTOR) as slow, varlink.Connection(daemon.socket, 60) as fast:
            slow.send_call("io.cmekd.Events", {}, more=True)
            check(slow.reply()["parameters"] == {"events": [], "missed": 0}, "the first frame is empty")
            calls = 800  # two events each: more than the ring and the socket hold
            for _ in range(calls):
                fast.call("io.cmekd.Suspend", {"project": "staging", "spanMs": 3600000, "reason": "x" * 1000})
            seen, missed, last = 0, 0, daemon.ledger("staging")[-1]["hash"]
            while True:
                frame = slow.reply()["parameters"]
                seen, missed = seen + len(frame["events"]), missed + frame["missed"]
                if any(e.get("hash") == last for e in frame["events"]):
                    break
            check(missed > 0 and 2 * calls - 1 <= seen + missed <= 2 * calls, (seen, missed))
    with case("bash completes verbs, options and names of projects, for which it asks the daemon"):
        source = os.path.join(BUILD, "client/completion/bash/cmekctl")
        if not os.path.exists(source):
            source = "/dev/stdin"
        program = f"""PATH={BUILD}:$PATH; source {source}
            try() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cmekctl; echo "${{COMPREPLY[*]}}"; }}
            try cmekctl sta; try cmekctl status prod; try cmekctl --socket {daemon.socket} revoke st; try cmekctl revoke prod --pause-o
            try cmekctl ledger ex; try cmekctl status --socket x"""
        done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, timeout=60 * TIME_FACTOR, check=False,
                              env={**os.environ, "CMEKD_SOCKET": daemon.socket},
                              input=run([CMEKCTL, "help", "completion"]).out)
        check(done.stdout.split("\n") == ["status", "prod prod-eu", "staging", "--pause-only", "export", "", ""], done)
    with case("when the daemon goes and comes, monitor goes on"):
        people = Reader(daemon, "monitor")
        wait_for(lambda: "Listening" in people.text, "it listens")
        daemon.stop()
        wait_for(lambda: "connection to cmekd is lost" in people.text, "it says so")
        daemon.start()
        wait_for(lambda: (daemon.call("io.cmekd.Unsuspend", {"project": "staging"}),
                          daemon.call("io.cmekd.Suspend", {"project": "staging", "spanMs": 3600000, "reason": "again"}),
                          "reason: again" in people.text)[-1], "it hears again", every=0.3)
        check(people.end() == 0, people.text)
tap.done()
