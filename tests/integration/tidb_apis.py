# SPDX-License-Identifier: Apache-2.0
"""tidb_apis: both APIs of TiDB Cloud. Each alone carries an incident from end to end; where one fails, reads go by the
other, and an act moves only after an answer that it surely was not carried out, and after its cluster was read again. The
stand-in's log is the witness."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import TIME_FACTOR, Bench, Relay, Watch, case, check, tap, together, wait_for
from world import one_project

NO_ROUTE = '{"message":"no Route matched with those values"}'
NOT_FOUND = '{"code":49900004,"message":"cluster not found","details":[]}'
CLUSTER_OPS = ("ListClusters", "GetCluster", "PauseCluster", "ResumeCluster")
OURS = ("orders", "billing")


class Lane:
    """A cloud and a daemon of its own, whose APIs may be reached by a relay each."""

    def __init__(self, bench, api, relay=False):
        self.cloud = bench.cloud(one_project())
        self.relay = Relay(self.cloud) if relay else None
        tidb = {"ClusterApi": api, **({"DedicatedEndpoint": self.relay.endpoint} if relay else {})}
        self.daemon = bench.daemon(self.cloud, tidb=tidb, daemon={"MaxPauses": "1000"},
                                   settings={"GracePeriod": "200ms", "RestoreDelay": "300ms"})
        self.daemon.start()
        self.daemon.wait_headline("usable")
        self.before = self.states()

    def states(self):
        return {n: c["state"] for n, c in self.cloud.clusters().items()}

    def log(self, service, op, since=0):
        return [e for e in self.cloud.log(since, service=service, op=op) if e["auth"] == "ok"]

    def records(self, kind):
        return [r for r in self.daemon.ledger() if r["type"] == kind]

    def said(self, text):
        return [j for j in self.daemon.journal() if text in j["MESSAGE"]]

    def lose(self):
        self.cloud.key("disable", now=True)

    def restore(self):
        self.cloud.key("enable", now=True)
        self.daemon.wait_headline("usable")
        wait_for(lambda: self.states() == self.before, "the state before")

    def counts(self):
        return {n: (c["pauses"], c["resumes"]) for n, c in self.cloud.clusters().items()}

    def check_counts(self):
        """Each of ours was paused and resumed once, nobody else was touched."""
        for name, count in self.counts().items():
            check(count == ((1, 1) if name in OURS else (0, 0)), f"{name}: pauses, resumes {count}")
        check(not self.cloud.blind_repeats(), self.cloud.blind_repeats())

    def check_reading_between(self, old, new, op):
        """Between the act that `old` lacked and the one by `new` its cluster was read, and the read was answered."""
        for name in OURS:
            number = self.cloud.cluster_id(name)
            tries = [e for e in self.log(old, op) + self.log(new, op) if e["subject"] == number]
            refused = max((e["seq"] for e in tries if e["service"] == old), default=0)
            moved = [e["seq"] for e in tries if e["service"] == new]
            check(len(moved) == 1, tries)
            read = [e for e in self.cloud.log() if refused < e["seq"] < moved[0] and e["status"] == 200 and
                    (e["op"] == "GetCluster" and e["subject"] == number or e["op"] == "ListClusters")]
            check(read, f"{name}: no reading between {refused} and {moved[0]}")


def whole_story(lane, api, other):
    with Watch(lane.daemon, lane.cloud) as watch:
        with case(f"ClusterApi={api}: a lost key leads to dark, and back again"):
            lane.lose()
            lane.daemon.wait_headline("dark")
            check(set(lane.states().values()) == {"PAUSED"}, lane.states())
            shown = [c for b in lane.daemon.status()["bindings"] for c in b["clusters"] if c["duty"] == "paused"]
            check(len(shown) == 2 and all("resumeAt" in c and c.get("resumeCounted", False) == (api == "v1beta") for c in shown), shown)
            lane.restore()
            lane.check_counts()
        check(not watch.lies, watch.lies)
    with case(f"ClusterApi={api}: the other API was asked nothing about clusters"):
        for op in CLUSTER_OPS:
            check(lane.log(api, op), op)
            check(not lane.log(other, op), lane.log(other, op))
    with case(f"ClusterApi={api}: each act is one request of the right form"):
        method = {"v1beta": "PATCH", "dedicated": "POST"}[api]
        for op in ("PauseCluster", "ResumeCluster"):
            acts = lane.log(api, op)
            check(len(acts) == 2 and all(e["method"] == method and e["status"] == 200 for e in acts), acts)
    with case(f"ClusterApi={api}: the ledger keeps the trace ids of the acts, and verifies"):
        results = [r for r in lane.records("act_result") if r["result"] == "accepted"]
        check(len(results) == 4 and all(r.get("request") for r in results), results)
        check(len({r["request"] for r in results}) == 4, results)
        check(lane.daemon.verify().status == 0, lane.daemon.verify())


def refused_by_v1beta(lane):
    with case("ClusterApi=v1beta: a refusal is told in the service's words, with its trace id"):
        lane.cloud.cluster("orders", blockers={"backup": "a backup of the cluster is under way"})
        lane.lose()
        told = lane.daemon.told("pause_refused", CLUSTER=lane.cloud.cluster_id("orders"))
        check("a backup of the cluster is under way" in told["MESSAGE"] and told.get("REQUEST_ID"), told)
        lane.cloud.cluster("orders", blockers={})
        lane.daemon.wait_headline("dark")
        lane.restore()


def lists_lacking(lane):
    """The chosen API has no lists any more; acts stay where they are."""
    with case("dedicated lacks the list: reads go by v1beta, which is told once"):
        mark = lane.cloud.mark()
        fault = lane.cloud.fault("dedicated", "status", status=404, body=NO_ROUTE, op="ListClusters")
        wait_for(lambda: len(lane.log("v1beta", "ListClusters", mark)) >= 4, "lists by v1beta")
        check(lane.daemon.headline() == "usable", lane.daemon.status())
        check(lane.daemon.status()["clustersFault"] == "none", lane.daemon.status())
        shown = next(s for s in lane.daemon.ctl("status", "--lanes", "--json").json()["lanes"] if s["service"] == "tidb_cloud")
        check((shown["clusterApi"], shown["readsBy"], shown["actsBy"]) == ("dedicated", "v1beta", "dedicated"), shown)
        asked = [e for e in lane.log("dedicated", "ListClusters", mark) if e["status"] == 404]
        check(len(asked) == 1, asked)
        said = lane.said("are read by the v1beta API")
        check(len(said) == 1 and "no Route matched" in said[0]["MESSAGE"], said)
        check(said[0]["REQUEST_ID"] and "X-Debug-Trace-Id " + said[0]["REQUEST_ID"] in said[0]["MESSAGE"], said)
    with case("an incident reads by v1beta, and its acts still go by dedicated"):
        lane.lose()
        lane.daemon.wait_headline("dark")
        lane.restore()
        lane.check_counts()
        for op in ("PauseCluster", "ResumeCluster"):
            check(len(lane.log("dedicated", op)) == 2 and not lane.log("v1beta", op), lane.cloud.log(op=op))
        check(lane.log("v1beta", "GetCluster"), "no reading by id")
    with case("a reload tries dedicated again, and that is told once"):
        lane.cloud.clear_faults(fault)
        lane.daemon.reload()
        wait_for(lambda: lane.said("are read by the dedicated API again"), "the line")
        check("v1beta" not in lane.daemon.ctl("status", "--lanes").out, lane.daemon.ctl("status", "--lanes"))
        mark = lane.cloud.mark()
        wait_for(lambda: len(lane.log("dedicated", "ListClusters", mark)) >= 2, "lists by dedicated")
        check(not lane.log("v1beta", "ListClusters", mark), lane.log("v1beta", "ListClusters", mark))
        check(len(lane.said("are read by")) == 2, lane.said("are read by"))


def unreachable(lane):
    """Nobody answers at the chosen API's address: what is asked about clusters is answered, but nothing is done."""
    with case("dedicated is unreachable: reads go by v1beta"):
        lane.relay.close()
        wait_for(lambda: lane.said("are read by the v1beta API"), "the line")
        wait_for(lambda: lane.daemon.status()["clustersFault"] == "none", "the list is read")
        check(lane.daemon.headline() == "usable", lane.daemon.status())
    with case("an act does not move for that: nothing is paused, nothing is called dark"):
        mark = lane.cloud.mark()
        lane.lose()
        wait_for(lambda: len(lane.records("act_result")) >= 4, "four tries")
        check(lane.daemon.headline() == "pausing", lane.daemon.status())
        check(not lane.cloud.log(mark, op="PauseCluster"), lane.cloud.log(mark, op="PauseCluster"))
        check(lane.states() == lane.before, lane.states())
        check(not lane.said("Pauses and resumes"), lane.said("Pauses and resumes"))
    with case("it is reachable again: the acts go by it"):
        lane.relay.open()
        lane.daemon.wait_headline("dark")
        lane.restore()
        lane.check_counts()
        check(not lane.log("v1beta", "PauseCluster") and not lane.log("v1beta", "ResumeCluster"), lane.cloud.log())


def acts_lacking(status, body):
    """The chosen API lacks pauses and resumes."""
    def act(lane):
        with case(f"dedicated answers {status} to a pause: by v1beta, after the cluster was read again"):
            for op in ("PauseCluster", "ResumeCluster"):
                lane.cloud.fault("dedicated", "status", status=status, body=body, op=op)
            lane.lose()
            lane.daemon.wait_headline("dark")
            check(set(lane.states().values()) == {"PAUSED"}, lane.states())
            lane.check_reading_between("dedicated", "v1beta", "PauseCluster")
            told = lane.daemon.notices("pause_refused")
            check(told and "no such endpoint" in told[0]["MESSAGE"], told)
            check(len(lane.said("Pauses and resumes go by the v1beta API")) == 1, lane.said("Pauses and resumes"))
        with case(f"after the {status} resumes go by v1beta at once: that was known"):
            lane.restore()
            lane.check_counts()
            check(not lane.log("dedicated", "ResumeCluster"), lane.log("dedicated", "ResumeCluster"))
            check(len(lane.log("v1beta", "ResumeCluster")) == 2, lane.log("v1beta", "ResumeCluster"))
    return act


def acts_without_readings(lane):
    """Where nothing can be read after the certain answer, nothing moves."""
    with case("dedicated lacks pauses, and no read is answered since: no act goes by v1beta"):
        # Answered so late that readings fail by then.
        lane.cloud.fault("dedicated", "latency", ms=int(1500 * TIME_FACTOR), op="PauseCluster")
        lane.cloud.fault("dedicated", "status", status=405, op="PauseCluster")
        lane.lose()
        wait_for(lambda: len(lane.records("pause_intent")) == 2, "both pauses leave", every=0.01)
        for op in ("ListClusters", "GetCluster"):
            lane.cloud.fault("tidb", "status", status=500, op=op)
        wait_for(lambda: len([r for r in lane.records("act_result") if r["result"] == "refused"]) == 2, "both answers")
        mark = lane.cloud.mark()
        wait_for(lambda: len(lane.cloud.log(mark, op="ListClusters")) >= 12, "lists that fail")
        # If one is tried again on what was read before, it ends unsent.
        check(not lane.log("v1beta", "PauseCluster"), lane.log("v1beta", "PauseCluster"))
        check(not [r for r in lane.records("act_result")[2:] if r["result"] != "not_sent"], lane.records("act_result"))
        lane.cloud.clear_faults()
        lane.cloud.fault("dedicated", "status", status=405, op="PauseCluster")
        lane.daemon.wait_headline("dark")
        lane.check_reading_between("dedicated", "v1beta", "PauseCluster")
        lane.restore()
        lane.check_counts()


def doubts(lane):
    """Answers that are not certain: the next try goes by the same API."""
    for kind, members in (("status", {"status": 404, "body": NOT_FOUND}), ("status", {"status": 404, "body": "<html>404"}),
                          ("status", {"status": 500}), ("access-denied", {}), ("drop-before", {})):
        with case(f"a pause meets {kind} {members}: it stays with dedicated"):
            lane.cloud.fault("dedicated", kind, op="PauseCluster", count=1, **members)
            lane.lose()
            lane.daemon.wait_headline("dark")
            check(not lane.log("v1beta", "PauseCluster"), lane.log("v1beta", "PauseCluster"))
            lane.restore()
            check(not lane.cloud.blind_repeats(), lane.cloud.blind_repeats())
            check(not lane.said("Pauses and resumes"), lane.said("Pauses and resumes"))


def denied(lane):
    with case("403 concerns the key: the other API is not asked"):
        lane.cloud.fault("dedicated", "access-denied", op="ListClusters")
        wait_for(lambda: lane.daemon.status()["clustersFault"] == "denied", "denied")
        mark = lane.cloud.mark()
        wait_for(lambda: len(lane.log("dedicated", "ListClusters", mark)) >= 6, "six more lists")
        check(not lane.log("v1beta", "ListClusters"), lane.log("v1beta", "ListClusters"))
        lane.cloud.clear_faults()
        wait_for(lambda: lane.daemon.status()["clustersFault"] == "none", "read again")


with Bench() as bench:
    parts = [(whole_story, ("v1beta", "dedicated"), {"api": "v1beta"}), (whole_story, ("dedicated", "v1beta"), {}),
             (refused_by_v1beta, (), {"api": "v1beta"}), (lists_lacking, (), {}), (unreachable, (), {"relay": True}),
             (acts_lacking(404, NO_ROUTE), (), {}), (acts_lacking(405, None), (), {}), (acts_without_readings, (), {}),
             (doubts, (), {}), (denied, (), {})]
    lanes = [Lane(bench, **{"api": "dedicated", **how}) for _, _, how in parts]
    together(*(lambda part=part, lane=lane, words=words: part(lane, *words)
               for (part, words, _), lane in zip(parts, lanes)))
    with case("every ledger verifies"):
        for each in lanes:
            check(each.daemon.verify().status == 0, each.daemon.verify())
tap.done()
