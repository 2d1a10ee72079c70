# SPDX-License-Identifier: Apache-2.0
"""stage: does with a real daemon and the stand-in cloud what the directives of a scenario say."""
import datetime
import hashlib
import json
import os
import resource
import subprocess
import threading
import time

import varlink
from harness import TIME_FACTOR, check, wait_for
from script import real_ms, setting, span_ms
from world import VENDOR, World

# The settings of tests/scenario/world.c.
SETTINGS_MS = {"PollInterval": 30000, "ConfirmInterval": 5000, "GracePeriod": 120000, "RestoreDelay": 300000,
               "BlindAlert": 900000, "ClustersInterval": 300000, "IncidentInterval": 20000, "RotationInterval": 3600000}
OTHERS_MS = {"pausing": 30000, "resuming": 40000, "slow": 60000}
# Where something is done in a delay, that delay is so long that a busy machine does it in time.
LONGER_MS = {
    "04-usable-look-cancels-grace": {"GracePeriod": 1800000},
    "06-single-bad-look-forgotten": {"slow": 150000},
    "14-disk-full": {"GracePeriod": 240000},
    "17-decline": {"GracePeriod": 1800000},
    "26-restart-in-grace": {"GracePeriod": 360000},
    "29-throttled-and-unread": {"GracePeriod": 600000, "IncidentInterval": 150000, "BlindAlert": 3600000},
    "30-pause-in-doubt-needs-budget": {"GracePeriod": 480000, "IncidentInterval": 60000},
    "31-deleted-while-an-act-is-in-flight": {"pausing": 180000, "resuming": 300000, "slow": 330000},
    "41-suspended-in-grace": {"GracePeriod": 480000, "pausing": 480000},
}
# When all that a `run` must lead to has happened, so much of the rest is waited for what must not: longer than any delay
# where nothing happens by the trace.
QUIET_MS, REST_MS = 360000, 60000
WAIT_S = 60
STATES = {"running": "ACTIVE", "busy": "MODIFYING", "pausing": "PAUSING", "paused": "PAUSED", "resuming": "RESUMING",
          "unusable": "INACTIVE", "gone": "DELETED"}
SETTING_NAMES = {"grace": "GracePeriod", "restore_delay": "RestoreDelay", "reaction": "Reaction",
                 "pause_on_deletion": "PauseOnDeletion"}
FAULTS = {"network": ("drop-before", {}), "server_error": ("status", {"status": 500})}
READS = {"v1beta": ("ListProjects", "ListCmek"), "tidb": ("ListClusters", "GetCluster")}  # clusters by both APIs
FATE_FAULTS = {"refused": ("status", {"status": 400}), "throttled": ("throttle", {}), "lost_after": ("drop-after", {}),
               "lost_before": ("drop-before", {}), "slow": ("slow-answer", {"ms": None}),
               "crash_after": ("hang", {"effect": True})}
CHANGE_FAULTS = {"lost_after": "drop-after", "lost_before": "drop-before", "refused": "access-denied"}
OPS = {"pause": "PauseCluster", "resume": "ResumeCluster"}
VERBS = {op: verb for verb, op in OPS.items()}
# The daemon's own, not the core's.
# Those whose reason the trace tells; the journal tells with every other one why the verdict is as it is.
WITH_REASON = ("verdict", "lost", "degraded", "blind", "self_denied", "not_armed", "incident_opened", "needs_approval", "grace", "pausing")
OTHER_NOTICES = ("started", "stopped", "reloaded", "ledger_foreign")
SIBLING = "sibling"
WORLD_WORDS = ("key", "policy", "kms", "tidb", "cluster", "act", "change", "config", "restart")

_starting = threading.Lock()


def deny(sid, actions="kms:*", **condition):
    return {"Sid": sid, "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": actions, "Resource": "*",
            "Condition": {"StringEquals": {"kms:CallerAccount": VENDOR}, **condition}}


class Stage:
    """One scenario's cloud and daemon."""

    def __init__(self, bench, script):
        self.script = script
        self.ms = {**SETTINGS_MS, **OTHERS_MS, **LONGER_MS.get(script.name, {})}
        daemon, settings = {}, {}
        for name, value in (w.split("=") for s in script.steps if s.words[0] == "settings" for w in s.words[1:]):
            if name == "max_pauses":
                daemon["MaxPauses"] = value
            elif value[0].isdigit():
                self.ms[SETTING_NAMES[name]] = span_ms(value)
            else:
                settings[SETTING_NAMES[name]] = value
        settings.update({k: setting(self.ms[k]) for k in SETTINGS_MS})
        with _starting:
            self.cloud = bench.cloud(self.world())
            self.daemon = bench.daemon(self.cloud, settings=settings, daemon=daemon,
                                       aws={"HintQueue": q for q in self.cloud.info["queues"]})
        self.marks = {}
        for step in script.steps[:[s.words[0] for s in script.steps].index("start")]:
            if step.words[0] == "mark":
                self.do_mark(step, *step.words[1:])
        if self.marks:
            self.daemon.write_project("prod", clusters=self.marks)
        self.policy = self.cloud.key_state()["policy"]
        self.names = {c["id"]: c["name"] for c in self.cloud.info["clusters"]}
        self.faults = {}  # what can be taken back, by directive
        self.fates = list(script.fates)
        self.crash = None  # the fate of which the daemon dies next
        self.is_time = None  # whether it must die now
        self.kills = []  # where the request log ended then
        self.looked = 0  # looks before a brief `run`
        self.read_bytes, self.told = 0, []
        self.begun = self.down = self.foreign = False
        if script.has("disk"):
            self.tell_by_pipe(bench)

    def world(self):
        world = World(propagation_ms=real_ms(5000), pausing_ms=real_ms(self.ms["pausing"]),
                      resuming_ms=real_ms(self.ms["resuming"]), lost_resume="inactive", lost_recovers=False)
        clusters = {}
        for step in self.script.steps:
            if step.words[0] == "start":
                break
            if step.words[0] == "cluster":
                clusters[step.words[1]] = STATES[step.words[2]]
        world.project("prod", clusters)
        if self.script.has("policy", "sibling_cut"):
            world.project(SIBLING, {})
        if self.script.has("hint"):
            world.queue()
        return world

    def tell_by_pipe(self, bench):
        """What limits the ledger must not limit the journal: the daemon writes that into a pipe."""
        file, pipe = self.daemon.journal_file, self.daemon.journal_file + ".pipe"
        os.mkfifo(pipe)
        with open(file, "wb") as out:
            # Opened for reading and writing: it neither waits for the daemon nor ends with it.
            reading = os.open(pipe, os.O_RDWR)
            bench.started.append(subprocess.Popen(["cat"], stdin=reading, stdout=out))
            os.close(reading)
        argv = self.daemon.argv()
        argv[argv.index(file)] = pipe
        self.daemon.argv = lambda: argv

    # ---- what is seen ----

    def notices(self):
        """As Line.notice."""
        size = os.stat(self.daemon.journal_file).st_size if self.begun else 0
        if size != self.read_bytes:
            self.read_bytes, self.told = size, self.read_notices()
        return self.told

    def read_notices(self):
        return [(n["NOTICE"], self.names[n["CLUSTER"]] if n.get("CLUSTER") else n.get("REGION"),
                 n.get("REASON") if n["NOTICE"] in WITH_REASON else None)
                for n in self.daemon.notices() if n["NOTICE"] not in OTHER_NOTICES and n.get("PROJECT") == "prod"]

    def graces_ms(self):
        """How long each grace period was that ended with pauses: by the ledger, which tells when a thing was decided; the
        lines of the journal are written when the machine finds time for it."""
        found, began = [], None
        for r in self.daemon.ledger():
            if r["type"] != "incident":
                continue
            at = datetime.datetime.fromisoformat(r["at"].replace("Z", "+00:00"))
            if r["phase"] == "grace":
                began = at
            elif r["phase"] != "budget":
                # An operator's revoke waits for no grace.
                if r["phase"] == "pausing" and began and "operator" not in r["causes"]:
                    found.append((at - began).total_seconds() * 1000)
                began = None
        return found

    def acts(self):
        """As Line.act."""
        found = self.cloud.log(service="dedicated", method="POST", auth="ok")
        return [(VERBS[e["op"]], self.names[e["subject"]], e["effect"]) for e in found]

    def show(self):
        """As the trace shows it. Status tells no `pause_only`."""
        shown = []
        for b in self.daemon.status()["bindings"]:
            i = b.get("incident") or {"phase": "none", "causes": [], "cut": "none"}
            causes = sum({"automatic": 1, "operator": 2}[c] for c in i["causes"])
            clusters = sorted(f"{self.names[c['id']]}:{c['state']}:{c['duty']}" for c in b["clusters"])
            shown.append(" ".join([
                "show", b["region"], "armed" if b["armed"] else "unarmed", b["verdict"], b["reason"], f"phase={i['phase']}",
                f"causes={causes}", f"cut={i['cut']}", f"dark={b['dark']}", *clusters]))
        return shown

    def explained(self):
        """Whatever is done, or waits to be done, explain says why."""
        for b, e in zip(self.daemon.status()["bindings"],
                        self.daemon.call("io.cmekd.Explain", {"project": "prod"})["explanations"]):
            causes = b["incident"]["causes"] if b.get("incident") else None
            said = [t for t in e["text"] if t.startswith("Cause: ")]
            check(len(said) == (causes is not None), (b["incident"] if causes else None, e["text"]))
            if causes is not None:
                check(("access was lost" in said[0]) == ("automatic" in causes) and
                      ("operator" in said[0]) == ("operator" in causes), (causes, said))

    # ---- directives ----

    def do(self, step, happened):
        """`happened` tells whether all that the trace told so far has been seen."""
        # What is done to the world in the moment of a start is done before the daemon can look.
        if self.down and step.words[0] not in WORLD_WORDS:
            self.daemon.start()
            self.begun, self.down = True, False
        self.arm()
        if self.is_brief(self.script.after(step)):
            self.fault("brief", "kms", "latency", op="DescribeKey", ms=real_ms(self.ms["slow"]))
            self.looked = self.looks()
        if step.words[0] == "run":
            self.run(step, happened)
        else:
            getattr(self, "do_" + step.words[0])(step, *step.words[1:])

    def do_settings(self, step, *unused):
        pass  # before the daemon was made

    def do_start(self, unused):
        self.down = True

    def do_restart(self, unused):
        if self.daemon.alive():
            self.kill()
        if self.foreign:
            self.make_foreign()
        self.down = True

    def kill(self):
        self.daemon.kill()
        self.kills.append(self.cloud.mark())
        for name in [f for f in self.faults if f.startswith("crash")]:
            self.clear(name)

    def do_cluster(self, step, name, state):
        if self.begun:
            self.cloud.cluster(name, state=STATES[state])

    def do_key(self, unused, state):
        if state == "PendingDeletion":
            self.cloud.key("schedule-deletion", now=True)
        else:
            self.cloud.key(now=True, state=state)

    def do_hint(self, unused, region="us-west-2"):
        arn = self.cloud.arn().replace("us-west-2", region)
        self.cloud.queue_send({"source": "aws.kms", "detail": {"eventName": "DisableKey"}, "resources": [arn]})

    def do_policy(self, unused, kind):
        document = json.loads(self.policy)
        statements = document["Statement"]
        if kind == "no_allow":
            del statements[1:]
        elif kind == "denied":
            statements.append(deny("CutTheVendor"))
        elif kind == "ebs_denied":
            statements.append(deny("DisksAlone", StringEquals={"kms:CallerAccount": VENDOR, "kms:ViaService": "ec2.us-west-2.amazonaws.com"}))
        elif kind == "missing":
            statements[2]["Action"] = ["kms:GenerateDataKey"]
        elif kind == "undecidable":
            statements.append(deny("FromElsewhere", ["kms:Decrypt", "kms:CreateGrant"],
                                   IpAddress={"aws:SourceIp": "192.0.2.0/24"}))
        elif kind == "vendor_changed":
            document = json.loads(self.policy.replace(VENDOR, "999988887777"))
        elif kind == "own_cut":
            text = self.daemon.binding()["incident"]["byHand"]
            statements.append(json.loads(text[text.index("{"):text.rindex("}") + 1]))
        elif kind == "sibling_cut":
            statements.append(deny(f"CmekdCut{self.daemon.ledger(SIBLING)[0]['ledger']}I1"))
        elif kind == "foreign_cut":
            statements.append(deny(f"CmekdCut{self.daemon.ledger()[0]['ledger'][::-1]}I1"))
        else:
            check(kind == "allowed", kind)
        self.cloud.key("put-policy", now=True, policy=json.dumps(document))

    def fault(self, name, *arguments, **members):
        self.faults.setdefault(name, []).append(self.cloud.fault(*arguments, **members))

    def clear(self, name):
        for number in self.faults.pop(name, []):
            self.cloud.clear_faults(number)

    def do_mark(self, unused, name, *words):
        members, words = {}, list(words)
        while words:
            word = words.pop(0)
            if word == "order":
                members["Order"] = words.pop(0)
            else:
                members.update({"Exclude": "yes"} if word == "exclude" else {"Reaction": word})
        self.marks[name] = members

    def do_reload(self, unused):
        self.daemon.write_project("prod", clusters=self.marks)
        self.daemon.reload()

    def do_kms(self, unused, what):
        self.clear("kms")
        self.cloud.key(now=True, deny_self=what == "self_denied")
        if what in FAULTS:
            self.fault("kms", "kms", FAULTS[what][0], **FAULTS[what][1])

    def do_tidb(self, unused, what):
        """In the simulated world it is the readings that fail; acts have fates of their own."""
        self.clear("tidb")
        for service, ops in READS.items() if what != "ok" else ():
            for op in ops:
                self.fault("tidb", service, FAULTS[what][0], op=op, **FAULTS[what][1])

    def do_act(self, *unused):
        pass  # armed before: the acts may come at any moment

    def arm(self):
        while self.fates and not self.crash and self.fates[0].before <= len(self.acts() if self.begun else ()):
            fate = self.fates.pop(0)
            if fate.crashes:
                self.crash = fate
            if fate.name == "crash_before":
                self.hold_back()
            for line in fate.acts:
                self.arm_act(fate.name, OPS[line.kind], self.cloud.cluster_id(line.words[0]))

    def hold_back(self):
        """The challenge is held back: the intent is durable, the act has not been asked for."""
        for op in VERBS:
            self.fault("crash_before", "dedicated", "latency", ms=600000, op=op, before_auth=True)
        intents = self.intents() if self.begun else 0
        self.is_time = lambda: self.intents() > intents

    def arm_act(self, fate, op, subject):
        kind, members = FATE_FAULTS[fate]
        members = {k: real_ms(self.ms["slow"]) if k == "ms" else v for k, v in members.items()}
        self.fault(fate, "dedicated", kind, op=op, subject=subject, count=1, **members)
        if fate == "crash_after":
            self.is_time = lambda: self.cloud.log(op=op, subject=subject, fault="hang", effect="true")

    def intents(self):
        return len([r for r in self.daemon.ledger() if r["type"] in ("pause_intent", "resume_intent")])

    def do_change(self, unused, fate, count="1"):
        # That it stays refused is meant; how often it is tried is not.
        count = 0 if fate == "refused" else int(count)
        self.fault("change", "kms", CHANGE_FAULTS[fate], op="PutKeyPolicy", count=count)

    def do_person(self, unused, verb, name):
        if verb == "create":
            new = self.cloud.call("/admin/cluster", {"action": "create", "name": name, "region": "us-west-2",
                                                     "project": self.cloud.info["projects"][0]["id"]})
            self.names[new["id"]] = name
        elif verb == "rename":
            self.cloud.call("/admin/cluster", {"id": self.cloud.cluster_id(name), "name": name + "-renamed"})
        else:
            self.cloud.cluster(name, verb)

    def command(self, step, method, **parameters):
        """Asked, and answered as in the trace."""
        try:
            varlink.call(self.daemon.socket, "io.cmekd." + method, {"project": "prod", **parameters}, 20 * TIME_FACTOR)
            answer = "done"
        except varlink.VarlinkError as e:
            refused = {"spanMs": "span"}.get(e.parameters.get("parameter"), str(e))  # before the core is asked
            answer = e.parameters.get("answer", refused)
        check([answer] == step.lines("answer")[0].words, f"line {step.number}: {method} was answered: {answer}")

    def do_revoke(self, step, *how):
        self.command(step, "Revoke", pauseOnly="pause-only" in how, pauseFirst="pause-first" in how,
                     disableKey="disable" in how, removeStatements="remove" in how, keepGrants="grants" not in how, sharedKey=False)

    def do_restore(self, step, *included):
        self.command(step, "Restore", **({"include": list(included)} if included else {}))

    def do_adopt(self, step):
        self.command(step, "AdoptLedger")

    def do_approve(self, step, stale=None):
        incident = self.daemon.binding()["incident"]
        plan = int(incident["plan"]["digest"], 16) ^ (stale is not None)
        self.command(step, "Approve", incident=incident["id"], plan=f"{plan:016x}")

    def do_decline(self, step):
        self.command(step, "Decline", incident=self.daemon.binding()["incident"]["id"])

    def do_suspend(self, step, span):
        # What is refused for its length is not made shorter.
        ms = span_ms(span) if span_ms(span) > span_ms("7d") else real_ms(span_ms(span))
        self.command(step, "Suspend", spanMs=max(1000, ms))

    def do_unsuspend(self, step):
        self.command(step, "Unsuspend")

    def ledger_bytes(self):
        """Its size when all that was told of has been written: notices do not wait for the disk."""
        before, now = -1, 0
        while before != now:
            before = now
            time.sleep(0.2 * TIME_FACTOR)
            now = os.stat(self.daemon.ledger_file()).st_size
        return now

    def do_disk(self, unused, what):
        room = self.ledger_bytes() if what == "full" else resource.RLIM_INFINITY
        resource.prlimit(self.daemon.process.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))

    def do_ledger(self, *unused):
        self.foreign = True

    def make_foreign(self):
        """The same records, written by another machine."""
        records, previous = self.daemon.ledger(), "0" * 64
        records[0]["machine"] = records[0]["machine"][::-1]
        with open(self.daemon.ledger_file(), "wb") as f:
            for r in records:
                r["prev"] = previous
                del r["hash"]
                body = json.dumps(r, separators=(",", ":"), ensure_ascii=False).encode()[:-1]
                previous = hashlib.sha256(body).hexdigest()
                f.write(body + b',"hash":"' + previous.encode() + b'"}\n')
        self.foreign = False

    def do_config(self, *unused):
        """Another address of KMS: what was seen there proves nothing of this one."""
        self.daemon.write_config(AWS={"EndpointURL": self.cloud.info["endpoint"].replace("127.0.0.1", "localhost")})

    def do_show(self, unused):
        pass  # for who judges

    def run(self, step, happened):
        """Until what must happen has happened; then for some of what is left of the time, or until the crash."""
        wait_for(happened, f"line {step.number}: what the trace tells of `{' '.join(step.words)}`", WAIT_S, every=0.06)
        if self.crash and self.crash.run is step:
            wait_for(self.is_time, f"line {step.number}: the moment to be killed in", every=0.01)
            self.kill()
            self.crash = None
            return
        lines = step.lines("notice", "pause", "resume")
        rest_ms = step.ended_ms - (lines[-1].at_ms if lines else step.began_ms)
        if self.is_brief(step):
            wait_for(lambda: self.looks() > self.looked, "a look")
            return
        self.clear("brief")
        if step.left_ms and step.left_ms > 0:
            # What is done in a delay is done at once, before it is over. But a pause wants a reading of the last three
            # IncidentIntervals, and the last one may be an interval old when readings begin to fail.
            if self.script.after(step).words[0] == "tidb":
                left_ms = real_ms(1.5 * self.ms["IncidentInterval"])
                wait_for(lambda: self.daemon.binding()["incident"]["graceLeftMs"] <= left_ms, "nearly over")
        else:
            long = not lines or rest_ms > 2 * QUIET_MS or step.left_ms is not None
            time.sleep(real_ms(min(rest_ms, QUIET_MS if long else REST_MS)) / 1000)

    def is_brief(self, step):
        """So short a `run` that there can be no second look: from the directive before it to the one behind looks are
        slow."""
        return step.words[0] == "run" and not step.trace and not step.left_ms and \
            step.ended_ms - step.began_ms < self.ms["PollInterval"]

    def looks(self):
        return len(self.cloud.log(op="DescribeKey", status=200))
