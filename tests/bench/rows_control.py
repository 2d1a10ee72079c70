# SPDX-License-Identifier: Apache-2.0
"""The control socket: requests a second of one client that waits for each answer, and of one that does not."""
import time

import varlink
from harness import Bench
from measure import Row, spread
from rows_scale import SHIPPED
from world import one_project


def ping_a_second(socket, count, ahead):
    with varlink.Connection(socket) as c:
        began, sent, got = time.monotonic(), 0, 0
        while got < count:
            while sent < count and sent - got < ahead:
                c.send_call("io.cmekd.Ping")
                sent += 1
            c.reply()
            got += 1
        return count / (time.monotonic() - began)


def rows(quick):
    turns, count = (3, 1000) if quick else (9, 3000)
    with Bench() as bench:
        cloud = bench.cloud(one_project())
        daemon = bench.daemon(cloud, settings=SHIPPED).start()
        daemon.wait_headline("usable", seconds=120)
        alone = spread([ping_a_second(daemon.socket, count, 1) for _ in range(turns)])
        ahead = spread([ping_a_second(daemon.socket, count, 8) for _ in range(turns)])
        daemon.stop()
    yield Row("control.alone", "control requests a second, each answered before the next", "a second", alone["median"],
              of={"alone": alone}, unit_of="a second", note="the client is this benchmark, in Python")
    yield Row("control.ahead", "control requests a second, eight under way", "a second", ahead["median"], of={"ahead": ahead},
              unit_of="a second")
