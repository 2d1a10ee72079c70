# SPDX-License-Identifier: Apache-2.0
"""faults_kms: whatever KMS and STS answer that is no proof of a loss is unknown, with the right reason; nothing is ever
paused on it, and when it is over the daemon goes on by itself. At the end each daemon shows that it would have
paused on a proof."""
import contextlib
import datetime
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import TIME_FACTOR, Bench, Relay, case, check, tap, together, wait_for
from world import OWN, VENDOR, one_project

TIMEOUT_MS = int(800 * TIME_FACTOR)
LOOKS = 5  # all that the daemon remembers


class Lane:
    """One cloud and one daemon; lanes run side by side."""

    def __init__(self, bench, **arguments):
        self.cloud = bench.cloud(one_project())
        self.relay = Relay(self.cloud)
        endpoint = self.relay.endpoint
        self.daemon = bench.daemon(
            self.cloud, settings={"PollInterval": "100ms", "ConfirmInterval": "50ms", "GracePeriod": "200ms"},
            aws={"EndpointURL": endpoint}, network={"RequestTimeout": f"{TIMEOUT_MS}ms"}, **arguments)
        self.daemon.start()

    def usable(self):
        wait_for(lambda: self.daemon.window()[:LOOKS] == ["allowed"] * LOOKS, f"{LOOKS} usable looks")
        binding = self.daemon.binding()
        check(binding["verdict"] == "usable" and binding["armed"] and not binding.get("incident"), binding)

    @contextlib.contextmanager
    def bad(self, name, reasons, looks=LOOKS, incident="none", told=False):
        """What is done in the block makes looks end with one of `reasons`; undone by the caller's own cleanup."""
        with contextlib.suppress(AssertionError):
            self.usable()  # what an earlier case left
        with case(name):
            reasons = [reasons] if isinstance(reasons, str) else reasons
            yield lambda: self.seen(reasons, looks, incident, told)

    def seen(self, reasons, looks, incident, told):
        seen = []

        def all_so():
            seen[:] = self.daemon.window()
            return len(seen) >= looks and all(r in reasons for r in seen[:looks])
        try:
            wait_for(all_so, f"{looks} looks that end with {reasons}")
        except AssertionError as e:
            raise AssertionError(f"{e}; they ended with {seen}") from None
        binding = self.daemon.binding()
        check(binding["lastOutcome"] == "unknown" and binding["verdict"] == "usable", binding)
        check(self.daemon.phase() == incident, binding)
        check(not self.cloud.pauses(), self.cloud.pauses())
        if told:  # in the journal too it is this and nothing else
            before = len(self.daemon.notices("blind"))
            wait_for(lambda: self.daemon.notices("blind") and self.daemon.window()[0] in reasons
                     and self.daemon.headline() == "blind", "blind")
            last = self.daemon.notices("blind")[-1]
            check(last["REASON"] in reasons and len(self.daemon.notices("blind")) <= before + 1, last)
            shown = self.daemon.ctl("status", "prod")
            check(shown.status == 3 and "BLIND" in shown.out, shown)
        got = self.daemon.ctl("status", "prod", "--json")
        check("dark" not in self.daemon.headline() and got.json(), got)

    def fault(self, name, reasons, service, kind, looks=LOOKS, incident="none", told=False, **members):
        with self.bad(name, reasons, looks, incident, told) as seen:
            self.cloud.fault(service, kind, **members)
            try:
                seen()
            finally:
                self.cloud.clear_faults()
            self.usable()

    def key(self, name, reasons, undo, looks=LOOKS, incident="none", **members):
        with self.bad(name, reasons, looks, incident) as seen:
            self.cloud.key(now=True, **members)
            try:
                seen()
            finally:
                self.cloud.key(now=True, **undo)
            self.usable()

    def proof(self, name):
        """The control: this daemon does pause, on a proof."""
        with case(name):
            check(not self.cloud.pauses(), self.cloud.pauses())
            check(not [r for r in self.daemon.ledger() if r["type"] == "pause_intent"], self.daemon.ledger())
            self.cloud.key("disable", now=True)
            self.daemon.wait_headline("dark")
            check(len(self.cloud.pauses()) == 2, self.cloud.pauses())
            check(self.daemon.verify().status == 0, self.daemon.verify())


def answers(lane):
    """Answers that are no answers."""
    lane.usable()
    lane.fault("dropped connections: network", "network", "kms", "drop-before")
    lane.fault("connections dropped after the work was done: network", "network", "kms", "drop-after")
    lane.fault("HTTP 500: server_error", "server_error", "kms", "status", status=500)
    lane.fault("HTTP 503: server_error", "server_error", "kms", "status", status=503)
    lane.fault("a 400 with an unknown error code: malformed", "malformed", "kms", "status", status=400,
               code="SomethingNewException")
    lane.fault("KMSInvalidStateException is no proof of anything: malformed", "malformed", "kms", "status", status=400,
               code="KMSInvalidStateException")
    lane.fault("DisabledException is no proof of anything: malformed", "malformed", "kms", "status", status=400,
               code="DisabledException")
    lane.fault("a load balancer's page, 502: server_error", "server_error", "kms", "html")
    lane.fault("a page with status 200: malformed", "malformed", "kms", "html", status=200)
    lane.fault("a page with status 403: malformed, not denied", "malformed", "kms", "html", status=403)
    lane.fault("cut JSON: malformed", "malformed", "kms", "cut-json")
    lane.fault("a body that breaks off: network", ["network", "malformed"], "kms", "cut-body")
    lane.fault("every value of another type: malformed", "malformed", "kms", "wrong-types")
    lane.fault("every value of another type, of the policy alone: malformed", "malformed", "kms", "wrong-types",
               op="GetKeyPolicy")
    lane.fault("bytes that are no JSON: malformed", "malformed", "kms", "garbage")
    lane.fault("an empty answer: malformed", "malformed", "kms", "empty")
    lane.fault("an empty policy answer: malformed", "malformed", "kms", "empty", op="GetKeyPolicy")
    lane.fault("10 MB of JSON: malformed", "malformed", "kms", "oversized", looks=3)
    lane.fault("a throttling storm: throttled", "throttled", "kms", "throttle", told=True)
    lane.fault("throttled on the policy alone: throttled", "throttled", "kms", "throttle", op="GetKeyPolicy")
    lane.proof("that daemon does pause when the key is disabled")


def access(lane):
    """Credentials, clocks, and what the key and its policy may say."""
    lane.usable()
    # First, because an identity that STS has told is believed for a minute.
    for kind in ("drop-before", "throttle", "garbage", "access-denied", "expired-token"):
        with lane.bad(f"AccessDenied while STS fails too ({kind}): credentials", "credentials") as seen:
            lane.cloud.fault("sts", kind)
            denied = lane.cloud.fault("kms", "access-denied", op="DescribeKey")
            try:
                seen()
            finally:
                lane.cloud.clear_faults(denied)  # first: a look that is under way must not hear from STS yet
                lane.usable()
                lane.cloud.clear_faults()
    lane.fault("AccessDenied while STS answers: self_denied, waits for a person", "self_denied", "kms", "access-denied",
               incident="waiting")
    lane.fault("AccessDenied on the policy alone: self_denied, waits for a person", "self_denied", "kms",
               "access-denied", op="GetKeyPolicy", incident="waiting")
    lane.fault("ExpiredToken: credentials", "credentials", "kms", "expired-token")
    with lane.bad("an access key that was switched off: credentials", "credentials", told=True) as seen:
        key = lane.cloud.info["access_keys"][0]["access_key"]
        lane.cloud.call("/admin/access-key", {"access_key": key, "disabled": True})
        try:
            seen()
        finally:
            lane.cloud.call("/admin/access-key", {"access_key": key, "disabled": False})
        lane.usable()
    with lane.bad("a wrong secret (signature refused): credentials", "credentials") as seen:
        right = lane.cloud.info["aws_credentials_file"]
        wrong = lane.daemon.dir + "/wrong-credentials"
        lane.daemon.write(wrong, f"[default]\naws_access_key_id = {lane.cloud.info['access_keys'][0]['access_key']}\n"
                          "aws_secret_access_key = this-is-not-the-secret-of-that-key\n")
        os.chmod(wrong, 0o600)
        lane.daemon.write_config(AWS={"CredentialsFile": wrong})
        lane.daemon.reload()
        try:
            seen()
        finally:
            lane.daemon.write_config(AWS={"CredentialsFile": right})
            lane.daemon.reload()
        lane.usable()
    for offset in (3600_000, -3600_000):
        with lane.bad(f"a clock that is off by {offset // 60000} min: clock_skew", "clock_skew", told=True) as seen:
            lane.cloud.config(clock_offset_ms=offset)
            try:
                seen()
            finally:
                lane.cloud.config(clock_offset_ms=0)
            lane.usable()
    lane.key("a key that KMS does not know: not_found", "not_found", {"action": "restore"}, action="delete")
    for state, reason in (("Creating", "creating"), ("Unavailable", "unavailable"), ("Quarantined", "unknown_state")):
        lane.key(f"key state {state}: {reason}", reason, {"state": "Enabled"}, state=state)
    deny = {"Sid": "Organisation", "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}
    good = json.loads(lane.cloud.key_state()["policy"])
    # Keeps the vendor's own statements, but nobody outside the organisation gets through: cannot be known from here.
    undecidable = {**good, "Statement": good["Statement"] + [deny]}
    for name, text, reason in (
            ("an undecidable policy: undecidable", json.dumps(undecidable), "undecidable"),
            ("a policy that is no JSON: malformed", "this is no policy", "malformed"),
            ("a policy of the wrong shape: malformed", '{"Version":"2012-10-17","Statement":7}', "malformed"),
            ("a policy with a doubled member: malformed", '{"Statement":[],"Statement":[]}', "malformed"),
            ("an empty policy text: malformed", "", "malformed"),
            ("a policy that is cut short: malformed", json.dumps(good)[:-20], "malformed")):
        lane.key(name, reason, {"action": "policy-undo"}, action="put-policy", policy=text)
    lane.proof("that daemon too")


def network(lane):
    """What lies between, and slow answers."""
    lane.usable()
    with lane.bad("a port that is closed: network", "network", told=True) as seen:
        lane.relay.close()
        try:
            seen()
        finally:
            lane.relay.open()
        lane.usable()
    for mode, reasons, name in (("reset", ["network", "tls"], "connections that are reset: network"),
                                ("plain", "tls", "a server that speaks no TLS: tls")):
        with lane.bad(name, reasons) as seen:
            lane.relay.mode = mode
            lane.relay.cut()
            try:
                seen()
            finally:
                lane.relay.mode = "pass"
            lane.usable()
    with lane.bad("TLS of another authority: tls", "tls", told=True) as seen:
        lane.daemon.write_config(Network={"CAFile": other.ca})
        lane.daemon.reload()
        try:
            seen()
        finally:
            lane.daemon.write_config(Network={"CAFile": lane.cloud.ca})
            lane.daemon.reload()
        lane.usable()
    with case("BlindAlert: told once while blind, and again when it sees"):
        before = len(lane.daemon.notices("blind")), len(lane.daemon.notices("sees"))
        lane.cloud.fault("kms", "drop-before")
        wait_for(lambda: len(lane.daemon.notices("blind")) == before[0] + 1, "notice blind")
        check(lane.daemon.headline() == "blind", lane.daemon.status())
        got = lane.daemon.ctl("status", "prod")
        check(got.status == 3 and "BLIND" in got.out, got)
        lane.cloud.clear_faults()
        wait_for(lambda: len(lane.daemon.notices("sees")) == before[1] + 1, "notice sees")
        lane.usable()
        check(len(lane.daemon.notices("blind")) == before[0] + 1, lane.daemon.notices("blind"))
    lane.fault("answers that come too late: timeout", "timeout", "kms", "latency", ms=3 * TIMEOUT_MS, looks=3)
    lane.fault("answers that never come: timeout", "timeout", "kms", "hang", looks=3, told=True)
    lane.fault("the policy never comes: timeout", "timeout", "kms", "hang", op="GetKeyPolicy", looks=3)
    with case("slow answers that come in time: usable"):
        lane.cloud.fault("kms", "latency", ms=TIMEOUT_MS // 4)
        lane.daemon.looks(LOOKS + 1)
        lane.usable()
        lane.cloud.clear_faults()
    lane.proof("and that one")


def one_class(lane):
    """A storm on one class of operations, and single faults, which are tried again and so not seen."""
    def kms_lanes():
        shown = lane.daemon.ctl("status", "--lanes", "--json").json()["lanes"]
        return {shown_lane["operations"].split(",")[0]: shown_lane for shown_lane in shown if shown_lane["service"] == "kms"}

    def a_second(count):
        """GetKeyPolicy requests, as the stand-in saw them."""
        mark = lane.cloud.mark()
        wait_for(lambda: len(lane.cloud.log(mark, op="GetKeyPolicy")) >= count, f"{count} times GetKeyPolicy")
        times = [datetime.datetime.fromisoformat(e["time"].replace("Z", "+00:00")).timestamp()
                 for e in lane.cloud.log(mark, op="GetKeyPolicy")]
        return (len(times) - 1) / (times[-1] - times[0])

    lane.usable()
    with case("a storm on GetKeyPolicy alone: that lane is slowed, and no other; nothing is paused"):
        before = a_second(20)
        lane.cloud.fault("kms", "throttle", op="GetKeyPolicy")
        wait_for(lambda: kms_lanes()["GetKeyPolicy"]["allowance"] < 150, "the lane is slowed down")
        mark = lane.cloud.mark()
        during = a_second(6)
        check(during < before / 2, (before, during))
        lane.seen(["throttled"], 3, "none", False)
        for op in ("DescribeKey", "ListClusters"):
            wait_for(lambda o=op: len(lane.cloud.log(mark, op=o, status=200)) >= 3, f"{op} goes on")
        got = kms_lanes()
        check(got["DescribeKey"]["allowance"] == got["DescribeKey"]["perSecond"] == 1000, got)
        check(got["DescribeKey"]["holdMs"] == 0 and got["GetKeyPolicy"]["perSecond"] == 500, got)
        text = " ".join(lane.daemon.ctl("status", "--lanes").out.split())
        check("nothing is sent for" in text or "slowed down to" in text, text)
    with case("when it is over looks are usable again, and the lane grows back by itself"):
        lane.cloud.clear_faults()
        lane.usable()
        wait_for(lambda: kms_lanes()["GetKeyPolicy"]["allowance"] == 500, "all of the allowance", seconds=90)
        after = a_second(20)
        check(after > before / 2, (before, after))
        check(not lane.cloud.pauses(), lane.cloud.pauses())
    with case("single faults are tried again: no look is lost"):
        patient = bench.daemon(lane.cloud).start()
        patient.wait_headline("usable")
        lane.daemon.stop()
        for kind, members in (("status", {"status": 500}), ("drop-before", {}), ("drop-after", {}), ("throttle", {})):
            for op in ("DescribeKey", "GetKeyPolicy"):
                mark = lane.cloud.mark()
                lane.cloud.fault("kms", kind, op=op, count=1, **members)
                wait_for(lambda m=mark, k=kind, o=op: lane.cloud.log(m, op=o, fault=k), f"{kind} of {op}")
                patient.looks(LOOKS + 1)
                wait_for(lambda: len(patient.window()) == LOOKS, f"{LOOKS} looks")
                check(patient.window() == ["allowed"] * LOOKS, (kind, op, patient.window()))
        patient.stop()
        lane.daemon.start()
        lane.usable()
    lane.proof("and that one still does")


def noise(lane):
    """All of it at random, half of the time."""
    lane.usable()
    with case("a storm of random faults: nothing is paused, and the verdict stays"):
        for kind in ("drop-before", "status", "html", "cut-json", "wrong-types", "garbage", "empty", "throttle",
                     "expired-token", "drop-after"):
            lane.cloud.fault("kms", kind, probability=0.08)
        mark = lane.cloud.mark()
        wait_for(lambda: len(lane.cloud.log(mark, op="DescribeKey")) >= 60, "60 looks")
        lane.cloud.clear_faults()
        check(not lane.cloud.pauses() and daemon_is_quiet(lane), lane.daemon.status())
        lane.usable()
    with case("a proxy that is down: network, and its address is told; the cloud itself is never asked"):
        proxied = bench.daemon(lane.cloud).start()
        proxied.wait_headline("usable")
        proxied.stop()
        proxied.env["https_proxy"] = "http://127.0.0.1:9"
        proxied.start()
        wait_for(lambda: proxied.window()[:1] == ["network"], "a look that ends with network")
        got = " ".join(proxied.ctl("explain", "prod").out.split())
        check("127.0.0.1 port 9" in got, got)
        proxied.stop()
        del proxied.env["https_proxy"]
        proxied.start()
        proxied.wait_headline("usable")
        proxied.stop()
    with case("a name that does not resolve: dns, and a changed endpoint disarms"):
        lane.daemon.write_config(AWS={"EndpointURL": "https://kms.cmekd-no-such-name.invalid:1"})
        lane.daemon.reload()
        wait_for(lambda: lane.daemon.window()[:1] == ["dns"], "a look that ends with dns", 60)
        check(not lane.daemon.binding()["armed"] and lane.daemon.phase() == "none", lane.daemon.binding())
        check(not lane.cloud.pauses(), lane.cloud.pauses())
        lane.daemon.write_config(AWS={"EndpointURL": lane.relay.endpoint})
        lane.daemon.reload()
        wait_for(lambda: lane.daemon.binding()["armed"], "armed again")
        lane.usable()
    with case("the vendor's statements name another account: vendor_changed, waits for a person"):
        text = lane.cloud.key_state()["policy"].replace(VENDOR, "999988887777")
        check(OWN in text, text)
        lane.cloud.key("put-policy", policy=text, now=True)
        lane.daemon.told("needs_approval")
        check(lane.daemon.binding()["reason"] == "vendor_changed" and lane.daemon.phase() == "waiting",
              lane.daemon.binding())
        lane.daemon.looks(5)
        check(not lane.cloud.pauses(), lane.cloud.pauses())
        lane.cloud.key("policy-undo", now=True)
        lane.daemon.wait_headline("usable")
        lane.usable()
    with case("the S3 statement is gone: degraded, alerted, never paused"):
        policy = json.loads(lane.cloud.key_state()["policy"])
        kept = [s for s in policy["Statement"] if "ViaService" in json.dumps(s) or VENDOR not in json.dumps(s)]
        check(0 < len(kept) < len(policy["Statement"]), policy)
        lane.cloud.key("put-policy", policy=json.dumps({**policy, "Statement": kept}), now=True)
        lane.daemon.told("degraded")
        check(lane.daemon.headline() == "degraded" and lane.daemon.phase() == "none", lane.daemon.status())
        lane.daemon.looks(5)
        check(not lane.cloud.pauses(), lane.cloud.pauses())
        lane.cloud.key("policy-undo", now=True)
        lane.daemon.wait_headline("usable")
        lane.usable()
    with case("a key pending deletion waits for a person"):
        lane.cloud.key("schedule-deletion", now=True)
        wait_for(lambda: lane.daemon.phase() == "waiting", "the incident waits")
        check(lane.daemon.binding()["reason"] == "pending_deletion", lane.daemon.binding())
        lane.daemon.looks(5)
        check(not lane.cloud.pauses(), lane.cloud.pauses())
        lane.cloud.key("cancel-deletion", now=True)
        lane.cloud.key("enable", now=True)
        lane.daemon.wait_headline("usable")
        lane.usable()
    lane.proof("and the last one")


def daemon_is_quiet(lane):
    return lane.daemon.binding()["verdict"] == "usable" and lane.daemon.phase() == "none"


with Bench() as bench:
    other = bench.cloud(one_project())
    lanes = [Lane(bench) for _ in range(5)]
    together(*(lambda f=f, lane=lane: f(lane) for f, lane in zip((answers, access, network, one_class, noise), lanes)))
tap.done()
