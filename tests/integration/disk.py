# SPDX-License-Identifier: Apache-2.0
"""disk: no room for the ledger. No act without a durable intent; what was allocated before lets an open incident finish;
and when there is room again all goes on by itself."""
import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Bench, Watch, case, check, tap, wait_for
from world import one_project

MOUNT_BYTES = 2 * 1024 * 1024


def states(cloud):
    return {n: c["state"] for n, c in cloud.clusters().items()}


def intents_cover_acts(cloud, daemon):
    for op, kind in (("PauseCluster", "pause_intent"), ("ResumeCluster", "resume_intent")):
        for name, c in cloud.clusters().items():
            asked = [e for e in cloud.acts(op) if e["subject"] == c["id"]]
            written = [r for r in daemon.ledger() if r["type"] == kind and r["cluster"] == c["id"]]
            check(len(written) >= len(asked), f"{name}: {len(asked)} {op}, but {len(written)} intents")


def mount(bench, name):
    """A small file system of its own; None where that may not be done."""
    path = bench.path(name)
    os.makedirs(path)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MOUNT_BYTES},mode=0700", "tmpfs", path],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        return None
    bench.cleanups.append(lambda: subprocess.run(["umount", "-l", path], check=False))
    return path


def fill(path, leave=0):
    """Takes all that is free, but for `leave` bytes."""
    st = os.statvfs(path)
    left = st.f_bavail * st.f_frsize - leave
    with open(os.path.join(path, "filler"), "wb", buffering=0) as f:
        try:
            while left > 0:
                left -= f.write(b"x" * min(left, 65536))
        except OSError:
            pass
    return os.path.join(path, "filler")


def use_up(cloud, daemon):
    """Losses that end in grace: records without an act, until the ledger has no room left."""
    def once():
        cloud.key("disable", now=True)
        wait_for(lambda: daemon.phase() == "grace" or daemon.notices("ledger_failed"), "grace, or a failed ledger")
        cloud.key("enable", now=True)
        wait_for(lambda: daemon.phase() == "none" or daemon.notices("ledger_failed"), "over, or a failed ledger")
        return daemon.notices("ledger_failed")
    wait_for(once, "the ledger has no room left", 60)


def stopped(cloud, daemon, before, told=True):
    """What must be so while the ledger cannot be written and the key is lost."""
    cloud.key("disable", now=True)
    mark = cloud.mark()
    daemon.looks(15, mark)
    check(not cloud.pauses() and states(cloud) == before, cloud.pauses())
    status = daemon.status()
    check(status["automation"] == "ledger_failed", status)
    check(any("no act is possible" in p for p in status["problems"]), status)
    got = daemon.ctl("status", "prod")
    check(got.status == 3 and "cannot be written" in " ".join(got.out.split()), got)
    got = daemon.ctl("revoke", "prod", "--yes")
    check(got.status == 1, got)
    check("ledger" in got.err, got)
    check(not cloud.acts("PutKeyPolicy"), cloud.acts("PutKeyPolicy"))
    notices = daemon.notices("ledger_failed")
    check(not told or len(notices) == 1 and notices[0]["PRIORITY"] == "1", notices)


def went_on(cloud, daemon, before):
    """And when there is room again."""
    daemon.wait_headline("dark")
    check(set(states(cloud).values()) == {"PAUSED"}, states(cloud))
    check(daemon.status()["automation"] == "on", daemon.status())
    cloud.key("enable", now=True)
    daemon.wait_headline("usable")
    check(states(cloud) == before, states(cloud))
    check(daemon.verify().status == 0, daemon.verify())
    intents_cover_acts(cloud, daemon)


def full_disk(bench, settings):
    path = mount(bench, "disk1")
    if path is None:
        for name in ("an open incident is finished on a full disk", "without room no act", "and it goes on"):
            tap.skip(name, "a tmpfs cannot be mounted here")
        return
    cloud = bench.cloud(one_project())
    daemon = bench.daemon(cloud, settings=settings, state_dir=path + "/state").start()
    daemon.wait_headline("usable")
    before = states(cloud)
    with case("the disk fills up in an incident: the room kept for it lets the incident be finished"):
        cloud.key("disable", now=True)
        wait_for(lambda: daemon.phase() == "grace", "grace", every=0.005)
        filler = fill(path)
        with Watch(daemon, cloud) as watch:
            daemon.wait_headline("dark")
        check(not watch.lies, watch.lies)
        check(os.statvfs(path).f_bavail == 0, "the disk is not full")
        cloud.key("enable", now=True)
        daemon.wait_headline("usable")
        check(states(cloud) == before and os.statvfs(path).f_bavail == 0, states(cloud))
        check(daemon.verify().status == 0, daemon.verify())
        check(not daemon.notices("ledger_failed"), daemon.notices("ledger_failed"))
    with case("a restart on a full disk: the ledger is read, the project watched"):
        daemon.kill()
        daemon.start()
        daemon.wait_headline("usable")
        os.unlink(filler)
        daemon.stop()

    path = mount(bench, "disk2")
    cloud = bench.cloud(one_project())
    daemon = bench.daemon(cloud, settings={**settings, "GracePeriod": "3s"}, state_dir=path + "/state")
    os.makedirs(path + "/state")
    filler = fill(path, leave=32768)  # too little for the room
    daemon.start()
    daemon.wait_headline("usable")
    fill(path + "/state")
    with case("when that room is used up: an alert, no act, commands refused"):
        use_up(cloud, daemon)
        stopped(cloud, daemon, before)
    with case("killed and started while it cannot write: still no act"):
        daemon.kill()
        daemon.start()
        mark = cloud.mark()
        daemon.looks(15, mark)
        check(not cloud.pauses() and states(cloud) == before, cloud.pauses())
    with case("room again: it goes on by itself"):
        os.unlink(filler)
        os.unlink(path + "/state/filler")
        went_on(cloud, daemon, before)
        daemon.stop()


def file_size(bench, settings):
    """LimitFSIZE= of systemd: the ledger may not grow."""
    cloud = bench.cloud(one_project())
    daemon = bench.daemon(cloud, settings=settings).start()
    daemon.wait_headline("usable")
    before = states(cloud)
    with case("a limit on the size of files: no act, commands refused; the daemon lives"):
        # The journal file of this test is limited as well: what it should have been told is lost.
        size = os.stat(daemon.ledger_file()).st_size
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        stopped(cloud, daemon, before, told=False)
        check(daemon.alive() and os.stat(daemon.ledger_file()).st_size == size, "it died, or the ledger grew")
    with case("the limit is lifted: it goes on by itself"):
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        went_on(cloud, daemon, before)
        daemon.stop()


with Bench() as bench:
    quick = {"PollInterval": "100ms", "ConfirmInterval": "40ms", "GracePeriod": "300ms", "RestoreDelay": "200ms"}
    full_disk(bench, quick)
    file_size(bench, quick)
tap.done()
