# SPDX-License-Identifier: Apache-2.0
"""quickstart: tells the story of cmekd with the real programs. Run by ./quickstart, which builds them first.

Everything printed after a "$" is a real command and its real output. What a heading claims is checked against the
stand-in cloud's own state before the next step; the exit code is 0 only if every claim held.
"""
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.environ["CMEKD_SRC"] + "/tests/integration")

from harness import BUILD, CMEKCTL, SRC, Cloud, Daemon, run, wait_for  # noqa: E402
from world import World  # noqa: E402

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
# A person should be able to follow; the defaults (30 s, 5 s, 2 min, 5 min) are for real life.
PACE = {"PollInterval": "2s", "ConfirmInterval": "500ms", "GracePeriod": "4s", "RestoreDelay": "4s",
        "ClustersInterval": "5s", "IncidentInterval": "1s", "BlindAlert": "30s", "RotationInterval": "1h"}


def bold(text):
    return f"\033[1m{text}\033[0m" if COLOUR else text


def faint(text):
    return f"\033[2m{text}\033[0m" if COLOUR else text


def say(text=""):
    print(text, flush=True)


class Story:
    def __init__(self):
        self.count = 0
        self.began = self.changed = time.monotonic()

    def heading(self, text):
        self.count += 1
        say()
        say(bold(f"{self.count}. {text}"))

    def reach(self, heading, condition, what, since=None):
        """Prints the heading, waits until it has become true, and prints how long that took."""
        self.heading(heading)
        began = time.monotonic()
        wait_for(condition, what, 60)
        now = time.monotonic()
        say(faint(f"   {now - self.changed:.1f} s after {since}" if since else f"   {now - began:.1f} s"))

    def show(self, shown, argv, expected):
        """Runs a command that prints where this prints, so that it uses the terminal as it likes."""
        say(f"$ {shown}")
        status = subprocess.run(argv, stdin=subprocess.DEVNULL, check=False).returncode
        if status not in expected:
            raise AssertionError(f"{shown}: exit code {status}, expected {expected}")

    def cmekctl(self, daemon, *words, expected=(0,)):
        self.show("cmekctl " + " ".join(words), [CMEKCTL, *words, "--socket", daemon.socket], expected)

    def cloudctl(self, heading, cloud, *words):
        """What a person does in the AWS console."""
        self.heading(heading)
        say("$ cloudctl " + " ".join(words))
        done = run([sys.executable, SRC + "/tests/cloud/cloudctl", cloud.dir, *words])
        if done.status != 0:
            raise AssertionError(repr(done))
        self.changed = time.monotonic()


def states(cloud):
    return {name: c["state"] for name, c in cloud.clusters().items()}


def tell(cloud, daemon):
    story = Story()
    before = states(cloud)
    paused = dict.fromkeys(before, "PAUSED")

    story.reach("cmekd starts, reads the project's key, and sees that TiDB Cloud may use it",
                lambda: daemon.answers() and daemon.headline() == "usable", "prod is usable")
    story.cmekctl(daemon, "status", "prod")

    story.cloudctl("In AWS KMS somebody takes TiDB Cloud's statements out of the key policy",
                   cloud, "policy", "vendor-out", "us-west-2")

    story.reach("The loss is confirmed, three looks must agree; a grace period begins",
                lambda: daemon.notices("grace"), "the loss is confirmed", "the change")
    story.cmekctl(daemon, "status", "prod", expected=(3,))
    if states(cloud) != before:
        raise AssertionError(f"a cluster was touched before the grace period was over: {states(cloud)}")

    story.reach("Nobody gives access back: the clusters are paused, and each is read back",
                lambda: daemon.headline() == "dark" and daemon.binding().get("grantsAlive") == 0,
                "prod is dark", "the change")
    if states(cloud) != paused:
        raise AssertionError(f"said to be dark, but {states(cloud)}")
    story.cmekctl(daemon, "status", "prod", expected=(3,))

    story.cloudctl("In AWS KMS the old key policy is put back", cloud, "policy", "undo", "us-west-2")

    story.reach("Access must hold for a while; then the same clusters are resumed, no other",
                lambda: daemon.headline() == "usable" and daemon.phase() == "none", "prod is usable again", "the change")
    if states(cloud) != before:
        raise AssertionError(f"not as before: {states(cloud)}, before {before}")
    if cloud.clusters()["archive"]["resumes"] != 0:
        raise AssertionError("archive, which a person had paused, was resumed")
    story.cmekctl(daemon, "status", "prod")

    story.heading("Each verdict and act is in the ledger; its hash chain is checked offline")
    story.cmekctl(daemon, "verify", daemon.ledger_file())

    say()
    say(bold(f"All {story.count} steps in {time.monotonic() - story.began:.0f} s: "
             "the data went dark, and the same clusters came back."))


def make(directory, stay):
    world = World(propagation_ms=1000, pausing_ms=2500, resuming_ms=2500, rate_limit=1000)
    world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE", "search": "ACTIVE",
                           "archive": {"state": "PAUSED", "paused_ago_ms": 172800000}})
    cloud = Cloud(os.path.join(directory, "cloud"), world, die_with_parent=not stay)
    # Only root may ask by default.
    group = {} if os.getuid() == 0 else {"OperateGroup": str(os.getgid())}
    daemon = Daemon(os.path.join(directory, "cmekd"), cloud, settings=PACE, daemon=group, network={"RequestTimeout": "5s"},
                    die_with_parent=not stay)
    return cloud, daemon


def explain_stay(directory, cloud, daemon):
    stop = os.path.join(directory, "stop")
    with open(stop, "w", encoding="utf-8") as f:
        pids = [daemon.process.pid, cloud.process.pid]
        alive = " || ".join(f"kill -0 {pid} 2>/dev/null" for pid in pids)
        # A daemon that ends removes its socket itself: not while rm is at it.
        f.write("#!/bin/sh\n"
                f"kill {pids[0]} {pids[1]}\n"
                f"for wait in $(seq 100); do {alive} || break; sleep 0.1; done\n"
                f"rm -r {shlex.quote(directory)}\n")
    os.chmod(stop, 0o700)
    admin = f"{SRC}/tests/cloud/cloudctl {cloud.dir}"
    say()
    say(bold("It stays. In this or another terminal:"))
    say(f"""
   export CMEKD_SOCKET={daemon.socket}
   PATH={shlex.quote(BUILD)}:$PATH
   cloud="{admin}"

   cmekctl status prod            what it sees; cmekctl help for the other verbs
   cmekctl explain prod           why
   cmekctl revoke prod --wait     cut TiDB Cloud from the key and make it dark
   cmekctl restore prod --wait    give access back

   $cloud key disable us-west-2         the key is disabled in KMS (key enable)
   $cloud cluster block orders backup   a backup runs: the pause is refused
   $cloud fault add kms drop-before     KMS drops every connection
   $cloud fault clear                   and does not any more
   $cloud state                         all that the stand-in knows

   Configuration  {daemon.conf}
   Journal lines  {daemon.stderr_file}
   Ledger         {daemon.ledger_file()}

   To stop it and remove all of that:   {stop}""")


def main():
    stay = sys.argv[1:] == ["--stay"]
    directory = tempfile.mkdtemp(prefix="cmekd-quickstart-")
    cloud = daemon = None
    keep = False
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    try:
        say()
        say("AWS KMS and TiDB Cloud are a stand-in on this machine; cmekd and cmekctl are real.")
        say("One project, prod: a key in us-west-2, and four clusters that depend on it. Three")
        say("run; archive was paused by a person two days ago.")
        cloud, daemon = make(directory, stay)
        daemon.start(wait=False)
        tell(cloud, daemon)
        if stay:
            explain_stay(directory, cloud, daemon)
            keep = True
        return 0
    except (AssertionError, OSError, RuntimeError, subprocess.SubprocessError) as e:
        say()
        say(f"quickstart: not as it should be: {e}")
        if daemon:
            say("the last lines of cmekd:")
            say("\n".join("   " + line for line in daemon.stderr().rstrip().split("\n")[-12:]))
        return 1
    except KeyboardInterrupt:
        say()
        return 130
    finally:
        if not keep:
            for process in [daemon and daemon.process, cloud and cloud.process]:
                if process and process.poll() is None:
                    process.terminate()
                    try:
                        process.wait(10)
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.wait()
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
