# SPDX-License-Identifier: Apache-2.0
"""kills: kill -9 between an intent and its act, after an act and before its answer, and at random moments through whole
stories. No act is lost, none repeated blindly, every ledger verifies, exactly the right clusters run again."""
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import TIME_FACTOR, Bench, Watch, case, check, tap, wait_for
from world import World, one_project

OURS = ("orders", "billing")
KILLS = int(os.environ.get("CMEKD_TEST_KILLS", "25"))


def states(cloud):
    return {n: c["state"] for n, c in cloud.clusters().items()}


def records(daemon, kind, since=0, project="prod"):
    return [r for r in daemon.ledger(project) if r["type"] == kind and r["seq"] > since]


class Killed:
    """A story in which the daemon is killed once, at a chosen moment."""

    def __init__(self, cloud, daemon):
        self.cloud, self.daemon = cloud, daemon
        self.before = states(cloud)
        self.counts = {n: (c["pauses"], c["resumes"]) for n, c in cloud.clusters().items()}
        self.mark, self.seq = cloud.mark(), daemon.ledger()[-1]["seq"]
        self.killed_at = []

    def kill(self):
        self.daemon.kill()
        self.killed_at.append(self.cloud.mark())
        # Only a last line that was not finished may be wrong with it.
        got = self.daemon.verify()
        check(got.status == 0, got)

    def restart(self):
        self.cloud.clear_faults()
        self.daemon.start()

    def finish(self):
        """To the end of the story; everything that must be so then."""
        self.daemon.wait_headline("dark")
        check(set(states(self.cloud).values()) == {"PAUSED"}, states(self.cloud))
        self.cloud.key("enable", now=True)
        self.end()

    def end(self):
        self.daemon.wait_headline("usable")
        check(states(self.cloud) == self.before, states(self.cloud))
        for name, c in self.cloud.clusters().items():
            gained = (c["pauses"] - self.counts[name][0], c["resumes"] - self.counts[name][1])
            check(gained == ((1, 1) if name in OURS else (0, 0)), f"{name}: pauses, resumes {gained}")
        check(not self.cloud.blind_repeats(self.mark, self.killed_at),
              self.cloud.blind_repeats(self.mark, self.killed_at))
        check(self.daemon.verify().status == 0, self.daemon.verify())

    def sent(self, op, name):
        return [e for e in self.cloud.acts(op, self.mark) if e["subject"] == self.cloud.cluster_id(name)]


def chosen_moments(cloud, daemon):
    with case("killed between the intent of a pause and the pause"):
        story = Killed(cloud, daemon)
        # The challenge is held back: the intent is durable, the pause has not been asked for.
        cloud.fault("dedicated", "latency", ms=20000, op="PauseCluster", before_auth=True)
        cloud.key("disable", now=True)
        wait_for(lambda: len(records(daemon, "pause_intent", story.seq)) == 2, "two intents", every=0.002)
        story.kill()
        check(not cloud.acts("PauseCluster", story.mark), cloud.acts("PauseCluster", story.mark))
        check(states(cloud) == story.before, states(cloud))
        story.restart()
        story.finish()
        check(all(len(story.sent("PauseCluster", n)) == 1 for n in OURS), cloud.pauses(story.mark))

    with case("killed after a pause was carried out and before its answer came"):
        story = Killed(cloud, daemon)
        cloud.fault("dedicated", "hang", effect=True, op="PauseCluster")
        cloud.key("disable", now=True)
        wait_for(lambda: all(states(cloud)[n] in ("PAUSING", "PAUSED") for n in OURS), "both are pausing", every=0.005)
        story.kill()
        check(not records(daemon, "act_result", story.seq), records(daemon, "act_result", story.seq))
        story.restart()
        story.finish()
        check(all(len(story.sent("PauseCluster", n)) == 1 for n in OURS), cloud.pauses(story.mark))

    with case("killed between the intent of a resume and the resume"):
        story = Killed(cloud, daemon)
        cloud.key("disable", now=True)
        daemon.wait_headline("dark")
        cloud.fault("dedicated", "latency", ms=20000, op="ResumeCluster", before_auth=True)
        cloud.key("enable", now=True)
        wait_for(lambda: len(records(daemon, "resume_intent", story.seq)) == 2, "two intents", every=0.002)
        story.kill()
        check(not cloud.acts("ResumeCluster", story.mark), cloud.acts("ResumeCluster", story.mark))
        story.restart()
        story.end()
        check(all(len(story.sent("ResumeCluster", n)) == 1 for n in OURS), cloud.acts("ResumeCluster", story.mark))

    with case("killed after a resume was carried out and before its answer came"):
        story = Killed(cloud, daemon)
        cloud.key("disable", now=True)
        daemon.wait_headline("dark")
        cloud.fault("dedicated", "hang", effect=True, op="ResumeCluster")
        cloud.key("enable", now=True)
        wait_for(lambda: all(states(cloud)[n] in ("RESUMING", "ACTIVE") for n in OURS), "both are resuming", every=0.005)
        story.kill()
        story.restart()
        story.end()
        check(all(len(story.sent("ResumeCluster", n)) == 1 for n in OURS), cloud.acts("ResumeCluster", story.mark))

    with case("killed in grace: nothing was paused, and after the restart the loss is proven anew"):
        story = Killed(cloud, daemon)
        cloud.key("disable", now=True)
        wait_for(lambda: daemon.phase() == "grace", "grace", every=0.005)
        story.kill()
        check(not cloud.pauses(story.mark), cloud.pauses(story.mark))
        story.restart()
        story.finish()

    with case("killed while dark: dark again only after every cluster was read again"):
        story = Killed(cloud, daemon)
        cloud.key("disable", now=True)
        daemon.wait_headline("dark")
        story.kill()
        mark = cloud.mark()
        story.restart()
        daemon.wait_headline("dark")
        read = {e["subject"] for e in cloud.log(mark, op="GetCluster", status=200)}
        check({cloud.cluster_id(n) for n in story.before} <= read, read)
        check(len(cloud.log(mark, op="DescribeKey", status=200)) >= 3, "three looks")
        check(not cloud.pauses(mark), cloud.pauses(mark))
        cloud.key("enable", now=True)
        story.end()

    with case("a key that came back while the daemon was dead: exactly the right clusters run again"):
        story = Killed(cloud, daemon)
        cloud.key("disable", now=True)
        daemon.wait_headline("dark")
        story.kill()
        cloud.key("enable", now=True)
        story.restart()
        story.end()


def operators_revoke(cloud, daemon):
    for name, kind in (("before the policy was changed", "drop-before"), ("after the policy was changed", "hang")):
        with case(f"revoke, killed after its intent and {name}: made once, held, and given back by restore"):
            story = Killed(cloud, daemon)
            puts, policy = cloud.key_state()["puts"], cloud.key_state()["policy"]
            cloud.fault("kms", kind, effect=kind == "hang", op="PutKeyPolicy")
            daemon.call("io.cmekd.Revoke", {"project": "prod", "pauseOnly": False, "sharedKey": False})
            if kind == "hang":
                wait_for(lambda: cloud.key_state()["puts"] == puts + 1, "the policy is put", every=0.005)
            else:
                wait_for(lambda: cloud.acts("PutKeyPolicy", story.mark), "a put was tried", every=0.005)
            story.kill()
            story.restart()
            daemon.wait_headline("dark")
            check(cloud.key_state()["puts"] == puts + 1, cloud.key_state()["puts"])
            check(not cloud.key_state()["vendor_can_use"], cloud.key_state())
            daemon.kill()
            story.killed_at.append(cloud.mark())
            daemon.start()
            daemon.wait_headline("dark")
            daemon.call("io.cmekd.Restore", {"project": "prod"})
            story.end()
            check(cloud.key_state()["policy"] == policy, "the policy is not as it was")


def random_moments(cloud, daemon, seed):
    chance = random.Random(seed)
    before = states(cloud)
    kills, stories, mark = [], 0, cloud.mark()
    pausing = {n: c["pauses"] for n, c in cloud.clusters().items()}

    def through(reached, what):
        """Kills and restarts until it is reached, or until there were enough kills; then waits."""
        def now():
            try:
                return reached()
            except OSError:
                return False
        while len(kills) < KILLS:
            end = time.monotonic() + chance.uniform(0.0, 0.7) * TIME_FACTOR
            while time.monotonic() < end:
                if now():
                    return
                time.sleep(0.005)
            daemon.kill()
            kills.append(cloud.mark())
            got = daemon.verify()
            check(got.status == 0, got)
            daemon.start()
        wait_for(now, what, 60)

    with Watch(daemon, cloud) as watch:
        with case(f"{KILLS} kills at random moments (seed {seed}): every story ends as it should"):
            while len(kills) < KILLS:
                arn = cloud.arn(0)
                cloud.key("disable", arn, now=True)
                through(lambda: daemon.headline() == "dark", "dark")
                wait_for(lambda: watch.dark > 0, "the watch saw it")
                check(set(states(cloud).values()) == {"PAUSED"}, states(cloud))
                cloud.key("enable", arn, now=True)
                through(lambda: daemon.headline() == "usable" and daemon.phase() == "none", "usable")
                check(states(cloud) == before, states(cloud))
                stories += 1
    tap.note(f"{stories} stories, {watch.answers} answers of Status")
    with case("dark was never said of a running cluster"):
        check(watch.dark > 0 and not watch.lies, (watch.dark, watch.lies))
    with case("no act was repeated blindly, none sent twice to the same end"):
        check(not cloud.blind_repeats(mark, kills), cloud.blind_repeats(mark, kills))
        for name, c in cloud.clusters().items():
            check(c["pauses"] - pausing[name] == (0 if before[name] == "PAUSED" else stories),
                  f"{name}: {c['pauses'] - pausing[name]} pauses in {stories} stories")
    with case("no act without its intent in the ledger"):
        for op, kind in (("PauseCluster", "pause_intent"), ("ResumeCluster", "resume_intent")):
            for name in before:
                asked = [e for e in cloud.acts(op, mark) if e["subject"] == cloud.cluster_id(name)]
                written = [r for r in records(daemon, kind) if r["cluster"] == cloud.cluster_id(name)]
                check(len(written) >= len(asked), (asked, written))
    with case("the ledger verifies"):
        check(daemon.verify().status == 0, daemon.verify())


with Bench() as bench:
    settings = {"PollInterval": "150ms", "GracePeriod": "300ms", "RestoreDelay": "300ms"}
    cloud = bench.cloud(one_project())
    daemon = bench.daemon(cloud, settings=settings, daemon={"MaxPauses": "1000"}).start()
    daemon.wait_headline("usable")
    if "CMEKD_TEST_KILLS" not in os.environ:
        chosen_moments(cloud, daemon)
        operators_revoke(cloud, daemon)

    world = World(pausing_ms=200, resuming_ms=200)
    world.project("prod", {"a": "ACTIVE", "b": "ACTIVE", "c": "ACTIVE", "d": "ACTIVE", "e": "ACTIVE", "f": "ACTIVE",
                           "archive": "PAUSED"})
    cloud = bench.cloud(world)
    # As quick as it goes, so that kills meet acts.
    quick = {"PollInterval": "60ms", "ConfirmInterval": "40ms", "GracePeriod": "100ms", "RestoreDelay": "100ms",
             "IncidentInterval": "100ms"}
    daemon = bench.daemon(cloud, settings=quick, daemon={"MaxPauses": "1000"}).start()
    daemon.wait_headline("usable")
    random_moments(cloud, daemon, int(os.environ.get("CMEKD_TEST_SEED", "1")))
tap.done()
