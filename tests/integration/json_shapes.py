# SPDX-License-Identifier: Apache-2.0
"""json_shapes: every --json document of cmekctl, from the real programs, against what is written down of it: doc/json.varlink and
io.cmekd.varlink. A member that is new, is missing or has another type fails; so does a verb without a type, and a member that
no document shows."""
import json
import os
import re
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import CMEKCTL, SRC, TIME_FACTOR, Bench, case, check, run, tap, wait_for
from world import OWN, VENDOR, World

# Written down, but not to be had here in a few seconds.
RARE = {"MissedDocument.missed",                            # see.py
        "LedgerAdoptDocument.taken",                        # a ledger of another machine
        "HintsDocument.lastVerdictMs", "HintsDocument.longestVerdictMs", "HintQueue.trouble",  # hints.py
        "Times.p90Ms", "Times.p99Ms",                       # test-client-story
        "Entry.message", "StoryEvent.message",              # a refusal
        "RotatedKey.rotationText",                          # rotation.py
        "Drill.trouble",                                    # test-client-views
        "KeyPlan.losses", "KeyPlan.policyTrouble",          # setup.py
        "Errand.text", "PolicyDecision.condition", "PolicyDecision.inPolicy", "PolicyDecision.inRequest"}


def types_of(text):
    """{"Type": {"member": "expression"}} of an interface file."""
    text = re.sub(r"#.*", "", text)
    found = {}
    for name, body in re.findall(r"^type (\w+) \(([^()]*)\)", text, re.M):
        check(name not in found, f"type {name} stands twice")
        found[name] = dict(re.fullmatch(r"(\w+):\s*(\S+)", m.strip()).groups() for m in body.split(",") if m.strip())
    return found


def read(path):
    with open(os.path.join(SRC, path), encoding="utf-8") as f:
        return f.read()


class Shapes:
    def __init__(self, own, foreign):
        self.own, self.types, self.seen = own, {**foreign, **own}, set()

    def misfits(self, value, kind, where):
        """What of a value is not as its type says."""
        if kind.startswith("?"):
            return [] if value is None else self.misfits(value, kind[1:], where)
        if kind.startswith("[]"):
            if not isinstance(value, list):
                return [f"{where} is no array"]
            return [m for i, item in enumerate(value) for m in self.misfits(item, kind[2:], f"{where}[{i}]")]
        plain = {"string": str, "int": int, "bool": bool}
        if kind in plain:
            good = isinstance(value, plain[kind]) and (kind == "bool" or not isinstance(value, bool))
            return [] if good else [f"{where} is no {kind}: {value!r}"]
        if not isinstance(value, dict):
            return [f"{where} is no {kind}: {value!r}"]
        members, problems = self.types[kind], []
        for name, item in value.items():
            if name not in members:
                problems.append(f"{where} has {name}, which {kind} has not")
                continue
            if item is not None:
                self.seen.add(f"{kind}.{name}")
            problems += self.misfits(item, members[name], f"{where}.{name}")
        return problems + [f"{where} lacks {name}" for name, of in members.items() if of[0] != "?" and name not in value]

    def unseen(self):
        return sorted({f"{t}.{m}" for t, members in self.own.items() for m in members} - self.seen - RARE)


def document_of(words):
    return "".join(w.capitalize() for part in words for w in part.split("-")) + "Document"


shapes = Shapes(types_of(read("doc/json.varlink")), types_of(read("common/proto/io.cmekd.varlink")))
with case("a document that fits, and each way not to"):
    toy = Shapes({"A": {"n": "int", "s": "?string", "l": "[]B"}}, {"B": {"b": "bool"}})
    check(toy.misfits({"n": 1, "l": [{"b": True}]}, "A", "a") == [], "it fits")
    check(toy.unseen() == ["A.s"], toy.unseen())
    for value, wanted in (({"n": 1, "l": [], "x": 2}, "a has x"), ({"l": []}, "a lacks n"), ({"n": "1", "l": []}, "no int"),
                          ({"n": True, "l": []}, "no int"), ({"n": 1, "l": [{"b": 0}]}, "no bool"), ({"n": 1, "l": {}}, "no array")):
        got = toy.misfits(value, "A", "a")
        check(len(got) == 1 and wanted in got[0], (value, got))

world = World(events_ms=100)
world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE"})
world.project("ops", {"desk": "ACTIVE"})
fresh = world.key(region="eu-central-1", policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}, "Action": "kms:*", "Resource": "*"}]}))
world.queue()
asked = set()

with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, aws={"HintQueue": cloud.info["queues"][0]}).start()
    for name in ("prod", "ops"):
        daemon.wait_headline("usable", name)

    def fits(kind, *words, status=None):
        """Runs a verb; its document must be of that type."""
        got = run([CMEKCTL, *words, "--json", "--socket", daemon.socket])
        problems = shapes.misfits(got.json(), kind, kind)
        check(not problems and status in (None, got.status), (words, problems, got))
        asked.add(kind)

    def lines(kind, *words, until):
        """The same of a stream, a document a line, until one is as it must be; then Ctrl-C."""
        reader = subprocess.Popen([CMEKCTL, *words, "--json", "--socket", daemon.socket], stdout=subprocess.PIPE, text=True)
        for line in reader.stdout:
            problems = shapes.misfits(json.loads(line), kind, kind)
            check(not problems, (words, problems))
            if until(json.loads(line)):
                break
        reader.send_signal(signal.SIGINT)
        rest = [json.loads(line) for line in reader.stdout]
        reader.stdout.close()
        check(reader.wait(20 * TIME_FACTOR) in (0, 3) and not [p for d in rest for p in shapes.misfits(d, kind, kind)], rest)
        asked.add(kind)

    def file(name, text):
        path = os.path.join(daemon.dir, name)
        daemon.write(path, text)
        return path

    with case("what is asked of a quiet daemon"):
        fits("StatusDocument", "status", status=0)
        fits("StatusDocument", "status", "prod", status=0)
        fits("LanesDocument", "status", "--lanes")
        fits("ExplainDocument", "explain", "prod")
        fits("CheckDocument", "check")
        fits("DrillDocument", "drill", "prod", status=0)
        fits("CredentialsDocument", "credentials", "prod")
        fits("PingDocument", "ping")
        fits("VersionDocument", "version")
        fits("HelpDocument", "help")
        fits("ErrorDocument", "status", "nobody", status=1)
    with case("what people order"):
        fits("SuspendDocument", "suspend", "ops", "--for", "1h", "--reason", "shapes", status=0)
        fits("UnsuspendDocument", "unsuspend", "ops", status=0)
        asked.add("LedgerAdoptDocument")  # scenario 80: it needs another machine, and says no more than suspend
        fits("RevokeDocument", "revoke", "ops", "--dry-run", status=0)
        fits("RevokeDocument", "revoke", "ops", "--yes", "--wait", "--reason", "shapes", status=0)
        fits("RestoreDocument", "restore", "ops", "--yes", "--wait", status=0)
        fits("RevokeDocument", "revoke", "ops", "--remove-statements", "--yes", "--wait", status=0)
        fits("RestoreDocument", "restore", "ops", "--yes", "--wait", status=0)
        whole = json.loads(cloud.key_state(cloud.arn(1))["policy"])
        loose = {"Sid": "Loose", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*",
                 "Condition": {"StringEqualsIfExists": {"kms:CallerAccount": VENDOR}}}
        cloud.key("put-policy", cloud.arn(1), policy=json.dumps({**whole, "Statement": whole["Statement"] + [loose]}))
        daemon.looks(5)
        fits("RevokeDocument", "revoke", "ops", "--remove-statements", "--dry-run", status=0)
        cloud.key("put-policy", cloud.arn(1), policy=json.dumps(whole))
        daemon.looks(5)
        cloud.key("vendor-deny", cloud.arn(1))
        wait_for(lambda: daemon.binding("ops").get("keptOutBy"), "the statement is seen")
        fits("StatusDocument", "status", "ops", status=3)
        fits("RestoreDocument", "restore", "ops", "--adopt", "CutTheVendor", "--yes", "--wait", status=0)
    with case("what people change at a key"):
        fits("RotationEnableDocument", "rotation", "enable", "ops", "--period", "180", status=0)
        fits("RotationNowDocument", "rotation", "now", "ops", "--yes", status=0)
        cloud.key("schedule-deletion", cloud.arn(1))
        wait_for(lambda: daemon.binding("ops").get("deletion"), "the deletion is seen")
        fits("RotationDocument", "rotation")
        fits("RotationDocument", "rotation", "prod", status=0)
        fits("KeyCancelDeletionDocument", "key", "cancel-deletion", "ops", "--yes", status=0)
    with case("what sets up"):
        spec = file("spec.json", json.dumps({"displayName": "made-1", "regionId": "aws-eu-central-1", "port": 4000,
                                             "tidbNodeSetting": {}, "tikvNodeSetting": {}}))
        fits("ProjectCreateDocument", "project", "create", "made", "--yes", status=0)
        fits("CmekConfigureDocument", "cmek", "configure", "ops", "--key", fresh, "--dry-run", status=3)
        fits("SetupDocument", "setup", "ops", "--key", fresh, status=3)
        fits("PolicyApplyDocument", "policy", "apply", "ops", "--key", fresh, "--yes", status=0)
        fits("PolicyApplyDocument", "policy", "apply", "ops", "--key", fresh, "--yes", status=0)
        fits("CmekConfigureDocument", "cmek", "configure", "ops", "--key", fresh, "--yes", status=0)
        fits("ClusterCreateDocument", "cluster", "create", "ops", "--spec", spec, "--yes", status=0)
    with case("what a loss brings, watched and listened to"):
        daemon.write_project("prod", Reaction="approve")
        daemon.reload()
        cloud.key("disable", cloud.arn(0))
        wait_for(lambda: daemon.phase() == "waiting", "it waits for a person")
        fits("ApproveDocument", "approve", "prod#1", "--yes", status=0)
        lines("WatchDocument", "status", "prod", "--watch", until=lambda d: d["project"]["headline"] == "dark")
        fits("StatusDocument", "status", status=3)
        fits("HintsDocument", "status", "--hints")
        fits("ProjectsDocument", "projects", status=0)
        cloud.key("enable", cloud.arn(0))
        daemon.wait_headline("usable")
        heard, over = set(), threading.Event()

        def people():
            while not over.wait(0.2):
                daemon.call("io.cmekd.Suspend", {"project": "ops", "spanMs": 3600000, "reason": "heard"})
                daemon.call("io.cmekd.Unsuspend", {"project": "ops"})

        def is_enough(event):
            heard.update(event)
            return {"record", "notice", "what", "todo"} <= heard
        acting = threading.Thread(target=people, daemon=True)
        acting.start()
        lines("MonitorDocument", "monitor", until=is_enough)
        over.set()
        acting.join()
        cloud.key("disable", cloud.arn(0))
        wait_for(lambda: daemon.phase() == "waiting", "it waits again")
        fits("DeclineDocument", "decline", "prod#2", status=0)
    with case("what ledgers tell"):
        state, ledger = ("--state-dir", daemon.state_dir), daemon.ledger_file("ops")
        fits("VerifyDocument", "verify", "prod", *state, status=0)
        fits("VerifyDocument", "verify", "prod", "--list", *state, status=0)
        fits("VerifyDocument", "verify", "ops", "--list", *state, status=0)
        fits("IncidentsDocument", "incidents", "prod", *state)
        fits("IncidentsDocument", "incidents", "ops", *state)
        fits("ShowDocument", "show", "prod#1", *state)
        fits("ShowDocument", "show", "ops#1", *state)
        fits("ReportDocument", "report", "prod#1", *state)
        fits("ReportDocument", "report", "ops#1", *state)
        fits("LedgerExportDocument", "ledger", "export", "prod", *state, status=0)
        part = daemon.ctl("ledger", "export", "prod", "--incident", "2", *state)
        check(part.status == 0, part)
        fits("VerifyDocument", "verify", "--part", file("part.ledger", part.out), status=0)
        fits("TimesDocument", "times", "prod", "ops", *state, status=0)
        fits("ReplayDocument", "replay", "prod", "--incident", "1", "--config", daemon.conf, *state, status=0)
        with open(ledger, encoding="utf-8") as f:
            damaged = file("damaged.ledger", f.read().replace("desk", "dusk"))
        fits("VerifyDocument", "verify", damaged, status=1)
        fits("VerifyDocument", "verify", "prod", "--heads", daemon.journal_file, *state, status=0)
        with open(daemon.ledger_file("prod"), encoding="utf-8") as f:
            short = file("prod.ledger", "".join(f.readlines()[:3]))
        fits("VerifyDocument", "verify", short, "--heads", daemon.journal_file, status=1)
    with case("what policies say"):
        account = ("--account", VENDOR, "--region", "us-west-2")
        rendered = file("rendered.json", run([CMEKCTL, "policy", "render", *account]).out)
        other = file("other.json", cloud.key_state(cloud.arn(0))["policy"])
        fits("PolicyDocument", "policy", "check", rendered, *account, status=0)
        none = file("none.json", '{"Version":"2012-10-17","Statement":[{"Sid":"none","Effect":"Deny","Principal":"*",'
                                 '"Action":"kms:*","Resource":"*"}]}')
        fits("PolicyDocument", "policy", "explain", none, *account, status=3)
        fits("ExplainDocument", "policy", "check", "prod")
        fits("DiffDocument", "policy", "diff", rendered, other)
        fits("DiffDocument", "policy", "diff", rendered, none)
        fits("SimulateDocument", "policy", "simulate", none, "--action", "kms:Decrypt", "--principal", f"arn:aws:iam::{VENDOR}:root")
        trust = file("trust.json", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'
                     + VENDOR + ':root"},"Action":"kms:Decrypt","Resource":"*"}]}')
        fits("VendorDocument", "vendor", trust)

with case("every verb has a document that was checked"):
    script = run([CMEKCTL, "help", "completion"]).out
    verbs = sorted(set(re.findall(r'is="(\w[\w -]*)" takes=\w+ items="(?:[^"]* )?--', script)))
    missing = [v for v in verbs if document_of(v.split()) not in asked]
    check(len(verbs) > 20 and not missing, (missing, verbs))
with case("every member that is written down was seen"):
    check(shapes.unseen() == [], shapes.unseen())
tap.done()
