# SPDX-License-Identifier: Apache-2.0
"""replay: incidents of a real cmekd, replayed under its own configuration and under others."""
import os
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import CMEKCTL, CMEKD, TIME_FACTOR, Bench, case, check, run, tap, wait_for
from world import World

NEAR_MS = 1500 * TIME_FACTOR  # latencies of a busy machine, which a replay does not have

world = World()
world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"})
world.project("ops", {"desk": "ACTIVE"})


class Replayed:
    def __init__(self, result):
        self.status, self.document = result.status, result.json()
        self.events = self.document.get("events", [])

    def happened(self, which, event):
        return sorted(e["name"] or "" for e in self.events if e["event"] == event and e[which])

    def later_ms(self, event):
        return next(e["laterMs"] for e in self.events if e["event"] == event)

    def told(self):
        return " / ".join(self.document["conclusions"])


with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, settings={"GracePeriod": "2s", "RestoreDelay": "1s"}).start()
    for name in ("prod", "ops"):
        daemon.wait_headline("usable", name)
    key = cloud.info["keys"][0]
    cloud.key("disable", key)
    daemon.wait_headline("dark")
    daemon.looks(30)  # so that a doubled grace period is over before access is back
    wait_for(lambda: daemon.headline() == "dark", "still dark")
    cloud.key("enable", key)
    daemon.wait_headline("usable")
    got = daemon.ctl("revoke", "ops", "--yes", "--wait", "--reason", "an exercise")
    check(got.status == 0, got)
    time.sleep(3)  # an act takes a second when it is replayed: the recorded dark must last longer than that
    got = daemon.ctl("restore", "ops", "--yes", "--wait")
    check(got.status == 0, got)
    ledger = daemon.ledger_file()
    etc = os.path.dirname(daemon.conf)

    def variant(name, **settings):
        """A copy of the configuration, with other settings; its secrets cannot be read."""
        folder = bench.path(name)
        shutil.copytree(etc, folder)
        path = os.path.join(folder, "cmekd.conf")
        with open(path, encoding="utf-8") as f:
            text = re.sub(r"(?m)^(ApiKeyFile|CredentialsFile)=.*$", r"\1=/nonexistent", f.read())
        for key_name, value in settings.items():
            text = re.sub(rf"(?m)^{key_name}=.*\n", "", text)
            text = text.rstrip("\n") + f"\n{key_name}={value}\n"
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return folder

    def replay(config, *words, of=ledger):
        return Replayed(run([CMEKCTL, "replay", of, "--config", config, "--json", *words]))

    with open(ledger, "rb") as f:
        before = f.read()
    mark = cloud.mark()

    with case("the same configuration tells the same story, with the same clusters"):
        got = replay(variant("same"))
        check(got.status == 0 and got.document["configuration"]["project"] == "prod", got.document)
        for event in ("lost", "grace", "pausing", "paused", "dark", "proving", "resumed", "closed"):
            check(got.happened("recorded", event) == got.happened("replayed", event), (event, got.events))
            check(abs(got.later_ms(event)) <= NEAR_MS, (event, got.events))
        check(got.happened("replayed", "paused") == ["billing", "orders"], got.events)
        check("the same 2 clusters" in got.told() and got.document["complete"], got.told())
    with case("a doubled grace period: the same clusters, that much later"):
        got = replay(variant("doubled", GracePeriod="4s"))
        check(got.happened("replayed", "paused") == ["billing", "orders"], got.events)
        check(abs(got.later_ms("pausing") - 2000) <= NEAR_MS and abs(got.later_ms("lost")) <= NEAR_MS, got.events)
    with case("a long grace period: access was back before it was over"):
        got = replay(variant("long", GracePeriod="1h"))
        check(got.happened("replayed", "cancelled") == [""] and not got.happened("replayed", "paused"), got.events)
        check("GracePeriod=1h" in got.told(), got.told())
    with case("Reaction=observe would have paused nothing"):
        got = replay(variant("observe", Reaction="observe"))
        check(not got.happened("replayed", "paused") and "Reaction=observe" in got.told(), got.document)
    with case("Reaction=approve would have waited for a person"):
        got = replay(variant("approve", Reaction="approve"))
        check(not got.happened("replayed", "paused") and got.happened("replayed", "waiting") == [""], got.events)
        check("Reaction=approve" in got.told(), got.told())
    with case("a budget of one pause would have kept two clusters running"):
        small = variant("small")
        path = os.path.join(small, "cmekd.conf")
        with open(path, encoding="utf-8") as f:
            text = f.read().replace("[Daemon]\n", "[Daemon]\nMaxPauses=1\n")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        got = replay(small)
        check(not got.happened("replayed", "paused") and "MaxPauses=" in got.told(), got.document)
    with case("an operator's revoke is obeyed under any reaction"):
        for name in ("same", "observe"):
            got = replay(bench.path(name), of=daemon.ledger_file("ops"))
            for event in ("revoked", "cut", "paused", "dark", "restored", "uncut", "resumed", "closed"):
                check(got.happened("replayed", event) == got.happened("recorded", event) != [],
                      (name, event, got.events))
    with case("for people: a table, what it comes to, and what was assumed"):
        got = run([CMEKCTL, "replay", ledger, "--config", bench.path("observe")])
        check(got.status == 0 and "orders: paused" in got.out and "not with this" in got.out, got)
        check("It would have paused nothing: Reaction=observe" in got.out and "Assumed" in got.out, got)
        check(bench.path("observe") in got.out.replace("\n            ", " "), got)
    with case("a ledger whose project no file names: the defaults of cmekd.conf, and it is said"):
        nobody = variant("nobody")
        shutil.rmtree(os.path.join(nobody, "projects.d"))
        got = replay(nobody)
        check(got.document["configuration"]["project"] is None, got.document)
        got = run([CMEKCTL, "replay", ledger, "--config", nobody])
        check("does not name the project" in got.out.replace("\n            ", " "), got)

    with case("nothing was sent, and the ledger is as it was"):
        sent = [cloud.acts(op, mark) for op in ("PauseCluster", "ResumeCluster", "PutKeyPolicy")]
        with open(ledger, "rb") as f:
            check(f.read() == before and sent == [[], [], []], sent)

    with case("a damaged ledger: refused, and cmekctl verify is named"):
        damaged = bench.path("damaged.ledger")
        with open(damaged, "wb") as f:
            f.write(before.replace(b'"grace"', b'"waits"', 1))
        got = run([CMEKCTL, "replay", damaged, "--config", bench.path("same")])
        check(got.status == 1 and "cmekctl verify" in got.err.replace("\n  ", " ") and damaged in got.err, got)
        check(replay(bench.path("same"), of=damaged).document["error"]["id"] == "damaged", got)
    with case("an incident that there is not, no incident, no file, no configuration, a bad one"):
        got = replay(bench.path("same"), "--incident", "7")
        check(got.status == 1 and "no incident 7" in got.document["error"]["text"], got.document)
        got = replay(bench.path("same"), "--incident", "1")
        check(got.status == 0 and got.document["incident"] == 1, got.document)
        empty = bench.path("empty.ledger")
        with open(empty, "wb") as f:
            f.write(before.split(b"\n")[0] + b"\n")
        got = replay(bench.path("same"), of=empty)
        check(got.status == 1 and got.document["error"]["id"] == "nothing_to_replay", got.document)
        got = replay(bench.path("same"), of=bench.path("none.ledger"))
        check(got.status == 1 and got.document["error"]["id"] == "unreadable", got.document)
        got = replay(bench.path("nowhere"))
        check(got.status == 1 and got.document["error"]["id"] == "configuration", got.document)
        got = replay(variant("bad", GracePeriod="soon"))
        check(got.status == 1 and "GracePeriod" in got.document["error"]["text"], got.document)
    with case("wrong words: exit code 2"):
        for words in ((), (ledger, ledger), (ledger, "--incident", "0"), (ledger, "--incident", "x")):
            got = run([CMEKCTL, "replay", *words])
            check(got.status == 2, (words, got))
        check(run([CMEKD, "--replay", ledger, "--incident", "0"]).status == 2, "cmekd")
    daemon.stop()
tap.done()
