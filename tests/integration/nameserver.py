# SPDX-License-Identifier: Apache-2.0
"""nameserver: one that never answers. It keeps no turn of the loop long, nor a look beyond its time, nor the end; and what it
names is told apart.

Needs a mount namespace of its own for /etc/resolv.conf, so root."""
import os
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import TIME_FACTOR, Bench, case, check, tap, wait_for
from world import one_project

NAME = "a nameserver that never answers"
SILENT = "127.0.0.77"
TURN_MS = 100 * TIME_FACTOR


def apart():
    """In a namespace of its own; False where there may be none."""
    if os.environ.get("CMEKD_TEST_APART"):
        return subprocess.run(["mount", "--bind", os.environ["CMEKD_TEST_APART"], "/etc/resolv.conf"], check=False).returncode == 0
    if os.getuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        return False
    with Bench() as bench:
        path = bench.path("resolv.conf")
        with open(path, "w", encoding="ascii") as f:
            f.write(f"nameserver {SILENT}\noptions timeout:30 attempts:2\n")
        env = {**os.environ, "CMEKD_TEST_APART": path}
        sys.exit(subprocess.run(["unshare", "-m", sys.executable, os.path.abspath(__file__)], env=env, check=False).returncode)


class Silent:
    """Takes questions on port 53, and says nothing."""

    def __init__(self):
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((SILENT, 53))
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            self.asked.append(self.socket.recv(4096))


def main(bench):
    silent = Silent()
    cloud = bench.cloud(one_project())
    daemon = bench.daemon(cloud, aws={"EndpointURL": "https://kms.cmekd.example"}, network={"RequestTimeout": "700ms"},
                          tidb={"DedicatedEndpoint": "https://dedicated.cmekd.example"})
    daemon.start()
    with case(f"{NAME}: looks end within their time, with dns or timeout; blind, and nothing is paused"):
        wait_for(lambda: len(daemon.window()) >= 3 and set(daemon.window()) <= {"dns", "timeout"}, "looks that end so")
        check(silent.asked, "it was never asked")
        told = daemon.told("blind")
        check(told["REASON"] in ("dns", "timeout"), told)
        check(not cloud.pauses(), cloud.pauses())
    with case("no turn of the loop takes long meanwhile: the control socket answers at once"):
        slowest = 0
        for _ in range(200):
            began = time.monotonic()
            daemon.call("io.cmekd.Ping")
            slowest = max(slowest, (time.monotonic() - began) * 1000)
            time.sleep(0.01)
        tap.note(f"the slowest of 200 answers: {slowest:.1f} ms")
        check(slowest < TURN_MS, slowest)
    with case("nor does the end"):
        took = daemon.stop()
        check(took < 2 * TIME_FACTOR, took)


if not apart():
    tap.skip(NAME, "a mount namespace of its own is not to be had here")
else:
    with Bench() as bench:
        main(bench)
tap.done()
