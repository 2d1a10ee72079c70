# SPDX-License-Identifier: Apache-2.0
"""hygiene: descriptors and memory do not grow with looks, errors, calls and reloads; SIGTERM ends it at once, whatever is in
flight; READY, STATUS and WATCHDOG are told to systemd."""
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import REQUEST_TIMEOUT_MS, SANITIZED, TIME_FACTOR, Bench, case, check, tap, wait_for
from world import one_project

# AddressSanitizer keeps what was freed in quarantine, 256 MB of it by default: that is its own growth, not the
# daemon's, and would hide the daemon's. With 4 MB of it the daemon stays within 1 MB here, too.
GROWTH_KB = 8192 if SANITIZED else 1024
QUARANTINE = "quarantine_size_mb=4"


def files(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def memory_kb(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as f:
        return int(next(line for line in f if line.startswith("RssAnon")).split()[1])


def does_not_grow(daemon, name, once, times):
    """The first round warms up; what comes after must not grow."""
    with case(name):
        once()
        before = files(daemon), memory_kb(daemon)
        for _ in range(times):
            once()
        # A connection more may be open right now: what grew would stay.
        wait_for(lambda: files(daemon) <= before[0] + 4, f"descriptors: {before[0]} and then {files(daemon)}", 10)
        after = memory_kb(daemon)
        tap.note(f"{name}: {after - before[1]} KB more of {before[1]}")
        check(after <= before[1] + GROWTH_KB, f"KB of memory: {before[1]} and then {after}")


def growth(bench):
    cloud = bench.cloud(one_project())
    daemon = bench.daemon(cloud, settings={"PollInterval": "20ms", "ConfirmInterval": "10ms", "RotationInterval": "50ms",
                                           "ClustersInterval": "500ms", "GracePeriod": "50ms", "RestoreDelay": "50ms"},
                          daemon={"MaxPauses": "1000"})
    daemon.env["ASAN_OPTIONS"] = ":".join(filter(None, (daemon.env.get("ASAN_OPTIONS"), QUARANTINE)))
    daemon.start()
    daemon.wait_headline("usable")

    def some_looks():
        daemon.looks(100)

    def some_errors():
        for kind in ("drop-before", "status", "wrong-types", "cut-body"):
            fault = cloud.fault("all", kind)
            daemon.looks(15)
            cloud.clear_faults(fault)
        daemon.looks(15)

    def some_calls():
        for words in (["status"], ["status", "prod"], ["explain", "prod"], ["revoke", "prod", "--dry-run"],
                      ["status", "nosuch"]):
            daemon.ctl(*words)
        for _ in range(50):
            daemon.status()

    def a_reload():
        # Another timeout makes all connections anew.
        daemon.sections["Network"]["RequestTimeout"] = f"{REQUEST_TIMEOUT_MS + len(daemon.notices('reloaded'))}ms"
        daemon.write_config()
        daemon.reload()
        daemon.looks(5)

    def a_story():
        cloud.key("disable", now=True)
        daemon.wait_headline("dark")
        cloud.key("enable", now=True)
        daemon.wait_headline("usable")

    does_not_grow(daemon, "600 looks", some_looks, 6)
    does_not_grow(daemon, "looks that fail in every way", some_errors, 3)
    does_not_grow(daemon, "calls over the control socket", some_calls, 4)
    does_not_grow(daemon, "reloads", a_reload, 8)
    does_not_grow(daemon, "whole stories", a_story, 3)
    with case("quiet: looks leave no line in the journal"):
        before = len(daemon.journal())
        daemon.looks(100)
        check(len(daemon.journal()) == before, daemon.journal()[before:])
    with case("and none in the ledger"):
        before = len(daemon.ledger())
        daemon.looks(100)
        check(len(daemon.ledger()) == before, daemon.ledger()[before:])
    return cloud, daemon


def ends(cloud, daemon):
    def stops(name):
        with case(name):
            seconds = daemon.stop()
            check(seconds < 2 * TIME_FACTOR, f"it took {seconds:.1f} s")
            check(not os.path.exists(daemon.socket), "the socket is still there")
            check(daemon.verify().status == 0, daemon.verify())
            check(daemon.notices("stopped"), "notice stopped")
    stops("SIGTERM ends it, and the socket is gone")
    daemon.start()
    daemon.wait_headline("usable")
    cloud.fault("all", "hang")
    daemon.looks(1)
    stops("SIGTERM while looks hang")
    cloud.clear_faults()
    daemon.start()
    daemon.wait_headline("usable")
    cloud.fault("dedicated", "hang", op="PauseCluster")
    cloud.key("disable", now=True)
    wait_for(lambda: cloud.pauses(), "a pause hangs")
    stops("SIGTERM while pauses hang")
    cloud.clear_faults()
    with case("and after the start that incident goes on"):
        daemon.start()
        daemon.wait_headline("dark")
        check(not cloud.blind_repeats(), cloud.blind_repeats())
        cloud.key("enable", now=True)
        daemon.wait_headline("usable")


def systemd(bench, cloud):
    with case("systemd is told: READY=1 with the socket standing, STATUS=, WATCHDOG=1, RELOADING=1, STOPPING=1"):
        path = bench.path("notify")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(path)
        listener.settimeout(20 * TIME_FACTOR)
        daemon = bench.daemon(cloud)
        daemon.env.update(NOTIFY_SOCKET=path, WATCHDOG_USEC="400000")
        daemon.env.pop("WATCHDOG_PID", None)
        heard = []

        def hear(what):
            end = time.monotonic() + 20 * TIME_FACTOR
            while not any(line.startswith(what) for message in heard for line in message.split("\n")):
                check(time.monotonic() < end, f"{what} was not told, but {heard}")
                heard.append(listener.recv(65536).decode())
        daemon.start(wait=False)
        hear("READY=1")
        check(daemon.answers(), "it is ready, but does not answer")
        hear("WATCHDOG=1")
        hear("STATUS=projects: 1; open incidents: 0; with problems: 0; usable: 1")
        heard.clear()
        daemon.reload()
        hear("RELOADING=1")
        hear("READY=1")
        heard.clear()
        daemon.stop()
        hear("STOPPING=1")
        listener.close()


with Bench() as bench:
    cloud, daemon = growth(bench)
    ends(cloud, daemon)
    daemon.stop()
    systemd(bench, cloud)
tap.done()
