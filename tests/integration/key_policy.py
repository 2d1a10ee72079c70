# SPDX-License-Identifier: Apache-2.0
"""key_policy: what a person learns from cmekctl about a key policy, without the console of AWS."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import TIME_FACTOR, Bench, case, check, tap, together, wait_for
from world import OWN, VENDOR, World

STRANGER = "999988887777"
ROOT = f"arn:aws:iam::{OWN}:root"


def document(cloud):
    return json.loads(cloud.key_state()["policy"])


class Desk:
    """A person at a terminal, and the key that is edited meanwhile."""

    def __init__(self, bench, **config):
        world = World(**config)
        world.project("prod", {"orders": "ACTIVE"})
        self.bench, self.cloud = bench, bench.cloud(world)
        self.daemon = bench.daemon(self.cloud, settings={"Reaction": "approve"}).start()
        self.daemon.wait_headline("usable")
        self.good = document(self.cloud)

    def put(self, policy):
        """Until a look has seen it."""
        text = policy if isinstance(policy, str) else json.dumps(policy, indent=2)
        self.cloud.key("put-policy", policy=text, now=True)
        wait_for(lambda: self.explanation(policy=True).get("policy") == text, "the policy was read")
        return text

    def explanation(self, **parameters):
        return self.daemon.call("io.cmekd.Explain", {"project": "prod", **parameters})["explanations"][0]

    def decision(self, purpose, action):
        """Right after a reload no policy was read yet."""
        return next((d for d in self.explanation()["decisions"] if (d["purpose"], d["action"]) == (purpose, action)),
                    {"result": "not read"})

    def back(self):
        self.put(self.good)
        self.daemon.wait_headline("usable")

    def changed(self, change):
        policy = json.loads(json.dumps(self.good))
        change(next(s for s in policy["Statement"] if "EBS" in s["Sid"]), policy)
        return policy


def line_of(text, what):
    return next(n for n, line in enumerate(text.split("\n"), 1) if what in line)


def other_account(ebs, _):
    ebs["Condition"]["StringEquals"]["kms:CallerAccount"] = STRANGER


def other_region(ebs, _):
    ebs["Condition"]["StringEquals"]["kms:ViaService"] = "ec2.eu-west-1.amazonaws.com"


def wildcard(ebs, _):
    ebs["Condition"]["StringEquals"]["kms:ViaService"] = "ec2.*.amazonaws.com"


def no_create_grant(ebs, _):
    ebs["Action"].remove("kms:CreateGrant")


def no_s3(_, policy):
    policy["Statement"] = [s for s in policy["Statement"] if "S3" not in s["Sid"]]


# mistake, where it shows, condition, what the policy has, what the request has, a part of the remedy
MISTAKES = [
    (other_account, ("ebs", "kms:CreateGrant"), "StringEquals kms:CallerAccount", STRANGER, VENDOR,
     f'set kms:CallerAccount to "{VENDOR}"'),
    (other_region, ("ebs", "kms:CreateGrant"), "StringEquals kms:ViaService", "ec2.eu-west-1.amazonaws.com",
     "ec2.us-west-2.amazonaws.com", 'set kms:ViaService to "ec2.us-west-2.amazonaws.com" in line'),
    (wildcard, ("ebs", "kms:CreateGrant"), "StringEquals kms:ViaService", "ec2.*.amazonaws.com",
     "ec2.us-west-2.amazonaws.com", 'into "StringLike"'),
    (no_create_grant, ("ebs", "kms:CreateGrant"), None, None, None, 'add "kms:CreateGrant" to the Action of statement'),
    (no_s3, ("s3", "kms:Decrypt"), "StringEquals kms:ViaService", "ec2.us-west-2.amazonaws.com", "s3.us-west-2",
     "add TiDB Cloud's S3 statement"),
]


def mistakes(desk):
    for mistake, where, condition, in_policy, in_request, remedy in MISTAKES:
        with case(f"{mistake.__name__}: cmekctl names statement, condition, both sides and remedy; --json has the same"):
            text = desk.put(desk.changed(mistake))
            d = desk.decision(*where)
            check(d["result"] == "denied" and remedy in d["remedy"], d)
            check("EBS" in d["sid"] and d["line"] == line_of(text, d["sid"]) - 1 and d["statement"] > 0, d)
            check(d.get("condition") == condition, d)
            check(not condition or (in_policy in d["inPolicy"] and in_request in d["inRequest"]), d)
            for words in (["explain", "prod"], ["policy", "explain", "prod/us-west-2"], ["policy", "check", "prod"]):
                got = desk.daemon.ctl(*words)
                flat = " ".join(got.out.split())
                check(f"statement {d['statement']}: line {d['line']}, Sid" in flat and d["remedy"] in flat, (words, got))
                check(got.status == (3 if "check" in words else 0), (words, got))
            got = desk.daemon.ctl("policy", "check", "prod", "--json").json()
            check(d in got["explanations"][0]["decisions"], got)
            check(got["explanations"][0]["policySummary"] == "degraded", got)
            check("policy" not in got["explanations"][0], "the text was not asked for")
    desk.back()
    with case("condition keys in another case are the same to AWS: usable"):
        desk.put(json.dumps(desk.good).replace("kms:CallerAccount", "KMS:calleraccount"))
        desk.daemon.looks(6)
        check(desk.daemon.headline() == "usable", desk.daemon.status())
        check(desk.daemon.ctl("policy", "check", "prod").status == 0, desk.daemon.ctl("policy", "check", "prod"))
    desk.back()


def differences(desk):
    path = desk.bench.path("wanted.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(desk.good, f)
    with case("policy diff: the project's live policy and a file, by what they mean"):
        got = desk.daemon.ctl("policy", "diff", "prod", path)
        check(got.status == 0 and "the same" in got.out, got)
        desk.put(desk.changed(other_region))
        got = desk.daemon.ctl("policy", "diff", path, "prod/us-west-2")
        check(got.status == 1 and "+ Condition StringEquals kms:ViaService = ec2.eu-west-1" in got.out, got)
        got = desk.daemon.ctl("policy", "diff", path, "prod/us-west-2", "--json").json()
        check(got["same"] is False and [s["is"] for s in got["statements"]].count("changed") == 1, got)
    with case("of a project or region that is not there: told, exit code 1"):
        for target in ("nosuch", "prod/eu-west-1"):
            got = desk.daemon.ctl("policy", "diff", target, path)
            check(got.status == 1 and target.rsplit("/", maxsplit=1)[-1] in got.err, got)
    desk.back()


def malformed(desk):
    with case("malformed text: line, column and what was expected; unknown, not lost; nothing is done"):
        text = json.dumps(desk.good, indent=2).replace('"Effect": "Allow"', '"Effect": "allow"', 1)
        line = line_of(text, '"allow"')
        column = text.split("\n")[line - 1].index('"allow"') + 1
        where = f"line {line}, column {column}: expected"
        desk.put(text)
        wait_for(lambda: desk.daemon.window()[:3] == ["malformed"] * 3, "three looks that say malformed")
        check(desk.daemon.binding()["verdict"] == "usable" and desk.daemon.phase() == "none", desk.daemon.binding())
        got = desk.daemon.ctl("explain", "prod")
        check(got.status == 0 and where in " ".join(got.out.split()), got)
        check("never taken for a loss" in " ".join(got.out.split()), got)
        check("correct the key policy there" in " ".join(got.out.split()) and got.out.count("expected") == 1, got)
        got = desk.daemon.ctl("policy", "check", "prod")
        check(got.status == 1 and "unknown" in got.out and where in " ".join(got.out.split()), got)
        x = desk.explanation()
        check(where in x["policyTrouble"] and not x["decisions"] and "policySummary" not in x, x)
        got = desk.daemon.ctl("policy", "diff", "prod", "prod")
        check(got.status == 1 and where in got.err, got)
    with case("duplicate members, a comment, a NUL: the same"):
        for text in ('{"Statement":[],"Statement":[]}', "{\n // EBS\n}", '{"Statement":[{"Sid":"a\\u0000b"}]}', "{"):
            desk.put(text)
            desk.daemon.looks(4)
            check(desk.daemon.binding()["verdict"] == "usable" and desk.daemon.phase() == "none", desk.daemon.binding())
            check("line" in desk.explanation()["policyTrouble"], desk.explanation())
    desk.back()


def vendor(desk):
    with case("the vendor's statements name another account: it is proposed, and not taken"):
        desk.put(json.dumps(desk.good).replace(VENDOR, STRANGER))
        desk.daemon.told("needs_approval")
        check(desk.daemon.binding()["reason"] == "vendor_changed", desk.daemon.binding())
        text = " ".join(desk.explanation()["text"])
        check(f"The key policy lets in {STRANGER}. If" in text and "set VendorAccount= to it" in text, text)
    with case("a person sets VendorAccount= to it: usable, and armed anew"):
        desk.daemon.write_project("prod", VendorAccount=STRANGER)
        desk.daemon.reload()
        desk.daemon.told("disarmed")
        desk.daemon.wait_headline("usable")
        wait_for(lambda: desk.daemon.binding()["armed"], "armed")
    with case("and back"):
        desk.daemon.write_project("prod")
        desk.daemon.reload()
        desk.back()
        wait_for(lambda: desk.daemon.binding()["armed"], "armed")
    with case("the key's own account is no vendor: such a configuration is refused"):
        desk.daemon.write_project("prod", VendorAccount=OWN, Key=desk.cloud.arn())
        got = desk.daemon.check_config()
        check(got.status != 0 and "own account" in got.err + got.out, got)
        desk.daemon.write_project("prod")

    guard = {"Sid": "Org", "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
             "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-vendor"},
                           "StringEquals": {"kms:CallerAccount": VENDOR}}}
    guarded = {**desk.good, "Statement": desk.good["Statement"] + [guard]}
    with case("a Deny for a whole organisation cannot be decided: the remedy is VendorContext="):
        desk.put(guarded)
        d = desk.decision("ebs", "kms:Decrypt")
        check(d["result"] == "undecided" and d["sid"] == "Org" and d["condition"] == "StringNotEquals aws:PrincipalOrgID", d)
        check("VendorContext=aws:PrincipalOrgID=VALUE" in d["remedy"], d)
        check(desk.explanation()["policySummary"] == "undecided", desk.explanation())
        check(desk.daemon.phase() == "none", desk.daemon.binding())
    for value, result in (("o-vendor", "allowed"), ("o-other", "denied")):
        with case(f"VendorContext= says {value}: {result}"):
            desk.daemon.write_project("prod", VendorContext="aws:PrincipalOrgID=" + value)
            desk.daemon.reload()
            wait_for(lambda: desk.decision("ebs", "kms:Decrypt")["result"] == result, result)  # pylint: disable=W0640
            d = desk.decision("ebs", "kms:Decrypt")
            check(result == "allowed" or (d["inRequest"] == f'the request has "{value}"' and d["inPolicy"] == '"o-vendor"'), d)
    desk.daemon.write_project("prod")
    desk.daemon.reload()
    desk.back()


def grants(desk):
    with case("an Allow that is gone revokes no grant: said of policy and incident"):
        desk.cloud.key("vendor-out", now=True)
        desk.daemon.told("lost")
        flat = " ".join(desk.daemon.ctl("explain", "prod").out.split())
        check("an Allow that is gone revokes none" in flat, flat)
        got = desk.daemon.ctl("policy", "check", "prod")
        check("a missing Allow revokes none" in " ".join(got.out.split()) and got.status == 3, got)
        check(desk.explanation()["grantsSurvive"] is True, desk.explanation())
    with case("when the data is dark, how many there are, and what they are for"):
        incident = desk.daemon.binding()["incident"]
        got = desk.daemon.ctl("approve", f"prod#{incident['id']}", "--yes")
        check(got.status == 0, got)
        told = desk.daemon.told("dark")
        check("2, for Decrypt; they still work, for an Allow that is gone revokes none" in told["MESSAGE"], told)
        flat = " ".join(desk.daemon.ctl("explain", "prod").out.split())
        check("alive: 2, for Decrypt; they still work" in flat, flat)
    with case("an explicit Deny beats them"):
        desk.cloud.key("policy-undo", now=True)
        desk.daemon.told("closed")
        desk.daemon.wait_headline("usable")
        check(desk.daemon.ctl("revoke", "prod", "--wait", "--yes").status == 0, desk.daemon.status())
        told = wait_for(lambda: desk.daemon.notices("dark")[1:], "dark for the second time")[0]
        check("for Decrypt; a Deny statement of the key policy beats them" in told["MESSAGE"], told)
        check(desk.explanation()["grantsSurvive"] is False, desk.explanation())
        check(desk.daemon.ctl("restore", "prod", "--wait", "--yes").status == 0, desk.daemon.status())
        desk.daemon.wait_headline("usable")


def deleted(desk):
    """A user was deleted: its unique id is left in the policy."""
    policy = json.loads(json.dumps(desk.good))
    next(s for s in policy["Statement"] if s["Principal"] == {"AWS": ROOT})["Principal"] = {
        "AWS": [ROOT, "AIDAIOSFODNN7EXAMPLE"]}
    text = desk.put(policy)
    with case("that KMS will probably refuse the new policy is told before revoke, with the line"):
        got = desk.daemon.ctl("revoke", "prod", "--dry-run")
        flat = " ".join(got.out.split())
        check("it may fail" in flat and "AIDAIOSFODNN7EXAMPLE" in flat and "probably refuse" in flat, got)
        plan = desk.daemon.ctl("revoke", "prod", "--dry-run", "--json").json()
        check("AIDAIOSFODNN7EXAMPLE" in plan["plan"][0]["policyTrouble"], plan)
    with case("and in the journal; when KMS refuses, the principal is named, and what to do by hand"):
        desk.cloud.fault("kms", "status", op="PutKeyPolicy", status=400, code="MalformedPolicyDocumentException")
        got = desk.daemon.ctl("revoke", "prod", "--yes")
        check(got.status == 0, got)
        check("AIDAIOSFODNN7EXAMPLE" in desk.daemon.told("revoked")["MESSAGE"], desk.daemon.told("revoked"))
        told = desk.daemon.told("cut_by_hand")
        check("MalformedPolicyDocumentException" in told["MESSAGE"] and "AIDA" in told["MESSAGE"], told)
        check(any("AIDA" in p for p in desk.daemon.status()["problems"]), desk.daemon.status())
        check(document(desk.cloud) == json.loads(text), "the policy was changed")
        desk.cloud.clear_faults()
        check(desk.daemon.ctl("restore", "prod", "--yes").status == 0, desk.daemon.status())
        desk.daemon.told("closed")
    desk.back()


def lockout(desk):
    """cmekd may read and write by the policy now, and could not after the change that somebody made meanwhile."""
    policy = json.loads(json.dumps(desk.good))
    policy["Statement"].append({"Sid": "NotUs", "Effect": "Deny", "Principal": {"AWS": f"arn:aws:iam::{OWN}:user/cmekd"},
                                "Action": ["kms:PutKeyPolicy", "kms:GetKeyPolicy"], "Resource": "*"})
    text = desk.put(policy)
    mark = desk.cloud.mark()
    with case("that cmekd could not undo its own change is told before revoke, and as whom it looks"):
        got = desk.daemon.ctl("revoke", "prod", "--dry-run")
        flat = " ".join(got.out.split())
        check("it may fail" in flat and "kms:PutKeyPolicy (denied)" in flat and "user/cmekd" in flat, got)
        check(f"cmekd looks as arn:aws:iam::{OWN}:user/cmekd" in desk.daemon.ctl("explain", "prod").out, "who looks")
    with case("a text by which cmekd could not undo its own change is never put: told, and left to a person"):
        check(desk.daemon.ctl("revoke", "prod", "--yes").status == 0, desk.daemon.status())
        told = desk.daemon.told("cut_by_hand")
        for part in ("kms:PutKeyPolicy (denied)", "kms:GetKeyPolicy (denied)", f"arn:aws:iam::{OWN}:user/cmekd"):
            check(part in told["MESSAGE"], told)
        check("kms:DescribeKey" not in told["MESSAGE"], told)
        check(not desk.cloud.log(mark, op="PutKeyPolicy") and document(desk.cloud) == json.loads(text), desk.cloud.log(mark))
    with case("and restored"):
        check(desk.daemon.ctl("restore", "prod", "--yes").status == 0, desk.daemon.status())
        wait_for(lambda: desk.daemon.phase() == "none", "the incident is closed")
    desk.back()


def rival(desk):
    """Somebody else edits the policy between cmekd's put and its reading back."""
    extra = {"Sid": "Rival", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:role/audit"},
             "Action": "kms:DescribeKey", "Resource": "*"}
    with case("who writes at the same time is told of: journal, ledger and explain name the statement"):
        desk.cloud.fault("kms", "slow-answer", op="PutKeyPolicy", ms=int(3000 * TIME_FACTOR), count=1)
        check(desk.daemon.ctl("revoke", "prod", "--yes").status == 0, desk.daemon.status())
        wait_for(lambda: "CmekdCut" in desk.cloud.key_state()["policy"], "the put", every=0.01)
        policy = document(desk.cloud)
        policy["Statement"].append(extra)
        desk.cloud.key("put-policy", policy=json.dumps(policy), now=True)
        told = desk.daemon.told("cut_made")
        check("somebody else changed it at the same time: added statement" in told["MESSAGE"] and "Rival" in told["MESSAGE"],
              told)
        flat = " ".join(desk.daemon.ctl("explain", "prod").out.split())
        check("somebody else changed it" in flat and '"Rival"' in flat, flat)
        written = [r for r in desk.daemon.ledger() if r["type"] == "cut_result"]
        check(len(written) == 1 and written[0]["result"] == "accepted" and "Rival" in written[0]["message"], written)
    with case("what they wrote stays when cmekd takes its statement out"):
        desk.daemon.told("dark")
        check(desk.daemon.ctl("restore", "prod", "--yes", "--wait").status == 0, desk.daemon.status())
        check(document(desk.cloud) == {**desk.good, "Statement": desk.good["Statement"] + [extra]}, document(desk.cloud))
        check("somebody" not in desk.daemon.told("cut_undone")["MESSAGE"], desk.daemon.told("cut_undone"))


def run_parts(bench, *parts):
    for part in parts:
        desk = Desk(bench, grants_outlive_pause=True)
        part(desk)
        desk.daemon.stop()


with Bench() as bench:
    together(lambda: run_parts(bench, mistakes, differences, malformed),
             lambda: run_parts(bench, vendor, grants),
             lambda: run_parts(bench, deleted, lockout, rival))
tap.done()
