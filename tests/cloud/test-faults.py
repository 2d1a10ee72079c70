# SPDX-License-Identifier: Apache-2.0
"""test-faults: trouble on demand, the admin interface, cloudctl, world files, how the stand-in ends."""
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sample import ARN, BASE1, BASE2, HERE, P, V, world, run
import tap
from clients import Aws, Cloud, TiDB, until


def faults(cloud):
    aws, c = Aws(cloud), TiDB(cloud)
    c.get(BASE1 + "/projects")

    def strike(service, kind, **members):
        cloud.set("/admin/fault", service=service, kind=kind, count=members.pop("count", 1), **members)

    def describe():
        return aws.kms("DescribeKey", _timeout=3, KeyId=ARN)

    def trouble(call):
        try:
            return call().status
        except (OSError, http.client.HTTPException) as e:
            return type(e).__name__

    for kind, members, check in [
            ("status", {}, lambda a: (a.status, a.code) == (500, "KMSInternalException")),
            ("status", {"status": 503, "body": "busy"}, lambda a: (a.status, a.body) == (503, b"busy")),
            ("status", {"status": 400, "code": "DependencyTimeoutException"}, lambda a: a.code == "DependencyTimeoutException"),
            ("html", {}, lambda a: a.status == 502 and a.body.startswith(b"<html>") and a.headers["content-type"] == "text/html"),
            ("garbage", {}, lambda a: a.status == 200 and b"no JSON" in a.body),
            ("empty", {}, lambda a: (a.status, a.body) == (200, b"")),
            ("wrong-content-type", {}, lambda a: a.headers["content-type"] == "text/html" and "KeyMetadata" in a.json),
            ("wrong-types", {}, lambda a: a.json["KeyMetadata"]["KeyState"] == 42 and a.json["KeyMetadata"]["Enabled"] == []),
            ("throttle", {}, lambda a: (a.status, a.code) == (400, "ThrottlingException")),
            ("access-denied", {}, lambda a: (a.status, a.code) == (400, "AccessDeniedException")),
            ("expired-token", {}, lambda a: (a.status, a.code) == (400, "ExpiredTokenException")),
            ("oversized", {}, lambda a: len(a.body) == 10 << 20 and len(a.json["padding"]) == (10 << 20) - 14)]:
        strike("kms", kind, **members)
        a = describe()
        tap.ok(check(a), f"fault {kind} {members}", f"{a.status} {a.body[:200]}")
    strike("kms", "cut-json")
    a = describe()
    tap.ok(a.status == 200 and int(a.headers["content-length"]) == len(a.body) and not a.body.endswith(b"}}"), "fault cut-json")
    for kind in ("drop-before", "cut-body"):
        strike("kms", kind)
        tap.ok(isinstance(trouble(describe), str), f"fault {kind} breaks the connection")
    tap.equal(describe().status, 200, "each struck once")
    began = time.monotonic()
    strike("kms", "latency", ms=400)
    tap.ok(describe().status == 200 and time.monotonic() - began >= 0.4, "fault latency is late")
    strike("kms", "hang", ms=60000)
    tap.equal(trouble(lambda: aws.kms("DescribeKey", _timeout=1, KeyId=ARN)), "TimeoutError", "fault hang never answers")
    strike("sts", "throttle")
    tap.ok(b"<Code>Throttling</Code>" in aws.sts().body, "STS has its own form of error")
    strike("tidb", "throttle", count=2)
    tap.equal([c.once("GET", p).status for p in (BASE1 + "/projects", BASE2 + "/clusters/1", BASE2 + "/clusters/1")],
              [429, 429, 200], "a storm of two hits both APIs")
    strike("v1beta", "status", status=500, before_auth=True)
    tap.equal(TiDB(cloud).once("GET", BASE1 + "/projects").status, 500, "a fault may come before the challenge")
    strike("dedicated", "drop-after", op="PauseCluster")
    tap.equal(c.get(BASE2 + "/clusters/1").status, 200, "a fault of one operation leaves the others alone")
    tap.ok(isinstance(trouble(lambda: c.call("POST", BASE2 + "/clusters/1:pauseCluster")), str), "the reply is lost")
    tap.ok(cloud.cluster("1")["state"] in ("PAUSING", "PAUSED"), "but the pause was carried out")
    entry = cloud.log("op=PauseCluster&effect=true")[-1]
    tap.equal((entry["status"], entry["fault"]), (0, "drop-after"), "and the log tells so")
    strike("dedicated", "drop-before", op="PauseCluster")
    tap.ok(isinstance(trouble(lambda: c.call("POST", BASE2 + "/clusters/2:pauseCluster")), str), "the request is lost")
    tap.equal(cloud.cluster("2")["state"], "ACTIVE", "and nothing was carried out")
    strike("dedicated", "slow-answer", op="PauseCluster", ms=2000)
    answers = []
    late = threading.Thread(target=lambda: answers.append(c.call("POST", BASE2 + "/clusters/2:pauseCluster").status))
    late.start()
    tap.ok(until(lambda: cloud.log("op=PauseCluster&effect=true&subject=2")) and not answers, "an act is carried out first")
    late.join()
    tap.equal(answers, [200], "and answered late")
    strike("dedicated", "status", op="GetCluster", subject="2")
    tap.equal([c.once("GET", f"{BASE2}/clusters/{n}").status for n in (1, 2, 2)], [200, 500, 200],
              "a fault of one cluster leaves the others alone")
    runs = []
    for _ in range(2):
        cloud.set("/admin/fault/clear")
        strike("kms", "status", count=0, probability=0.5)
        cloud.set("/admin/config", seed=7)
        runs.append([describe().status for _ in range(16)])
    tap.ok(runs[0] == runs[1] and set(runs[0]) == {200, 500}, "chance is seeded", runs)


def admin(cloud):
    for path, body, want in [("/admin/nothing", {}, 404), ("/admin/key", {"arn": "x"}, 404), ("/admin/key", [], 400),
                             ("/admin/key", {"arn": ARN, "colour": 1}, 400), ("/admin/config", {"pausing_ms": "x"}, 400),
                             ("/admin/config", {"nonce_stale": "maybe"}, 400), ("/admin/config", {"pausing_ms": -1}, 400),
                             ("/admin/cluster", {"id": "1", "action": "resume"}, 400),
                             ("/admin/fault", {"service": "kms", "kind": "x"}, 400), ("/admin/fault/clear", {"id": 9}, 404),
                             ("/admin/fault", {"service": "kms", "kind": "hang", "probability": 2}, 400)]:
        status, out = cloud.admin(path, body)
        tap.ok(status == want and out.get("error"), f"admin refuses {path} {body}", f"{status} {out}")
    text = json.dumps(cloud.state())
    tap.ok("wJalr" not in text and '"priv"' not in text, "the state shows no secret")
    new = cloud.set("/admin/cluster", action="create", project=P, region="us-west-2", name="late")["id"]
    tap.equal(cloud.cluster(new)["grants"], 2, "a cluster can be made")
    project = cloud.set("/admin/project", action="create", name="more", cmek_enabled=True)["id"]
    cloud.set("/admin/project", id=P, cmek=[{"region": "us-west-2", "kms_arn": ARN}])
    tap.equal(len(TiDB(cloud).get(f"{BASE1}/projects/{P}/aws-cmek").json["items"]), 1, "a CMEK setting can vanish")
    tap.equal(TiDB(cloud).get(f"{BASE1}/projects/{project}/aws-cmek").json["items"], [], "a project can be made")
    mode = os.stat(os.path.join(cloud.dir.name, "cloud.json")).st_mode & 0o777
    tap.equal(mode, 0o600, "cloud.json is for its owner only")

    def ctl(*words):
        return subprocess.run([sys.executable, os.path.join(HERE, "cloudctl"), cloud.dir.name, *words],
                              capture_output=True, text=True)

    tap.ok("c2" in ctl("cluster", "list", "prod").stdout, "cloudctl lists clusters")
    ctl("cluster", "block", "c2", "backup", "a text")
    out = ctl("cluster", "pause", "c2")
    tap.ok(out.returncode == 1 and "a text" in out.stderr, "cloudctl shows a refusal", out.stderr)
    ctl("cluster", "unblock", "c2")
    tap.equal(ctl("cluster", "pause", "c2").returncode, 0, "cloudctl pauses")
    tap.equal(ctl("wait", "cluster", "c2", "PAUSED", "10").stdout, "PAUSED\n", "cloudctl waits")
    ctl("policy", "vendor-out", "us-west-2")
    tap.ok(V not in ctl("policy", "get", "us-west-2", "--truth").stdout, "cloudctl takes the vendor out")
    ctl("policy", "undo", "us-west-2")
    tap.ok(V in ctl("policy", "get", "us-west-2", "--truth").stdout, "and back in")
    tap.equal(ctl("count", "op=PauseCluster").stdout, "0\n", "cloudctl counts requests: no pause was ever sent")
    tap.equal(ctl("key", "disable", "nowhere").returncode, 1, "cloudctl says no to what it cannot find")


def worlds():
    program = os.path.join(os.environ.get("CMEKD_BUILD", "."), "cmekd-cloud")
    with tempfile.TemporaryDirectory() as dir_name:
        def refused(text):
            path = os.path.join(dir_name, "w.json")
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            out = subprocess.run([program, "--dir", dir_name, "--world", path, "--quiet"], capture_output=True, text=True,
                                 timeout=20)
            return out.returncode == 1 and out.stderr

        for text, word in [("{", "no JSON"), ('{"x":1}', "unknown member: x"), ('{"keys":[{"arn":"y"}]}', "arn"),
                           ('{"keys":[{"arn":"%s","colour":1}]}' % ARN, "colour"), ('{"config":{"pausing_ms":true}}', "pausing_ms"),
                           ('{"projects":[{"id":"x"}]}', "id"), ('{"projects":[{"clusters":[{"name":"n"}]}]}', "region"),
                           ('{"vendor_account":"1"}', "vendor_account"), ('{"projects":5}', "list")]:
            errors = refused(text)
            tap.ok(errors and word in errors, f"a world of {text} is refused", errors)
        tap.equal(subprocess.run([program], capture_output=True).returncode, 2, "usage")
    with open(os.path.join(HERE, "world-demo.json"), encoding="utf-8") as f:
        demo = Cloud(json.load(f))
    tap.equal([c["name"] for c in demo.state()["clusters"] if c["state"] == "PAUSED"], ["archive"], "the demo world stands")
    tap.equal(demo.end(), (0, ""), "SIGTERM ends it cleanly")
    with Cloud() as empty:
        tap.equal([p["name"] for p in empty.info["projects"]], ["default_project"], "a cloud without a world")
        tap.equal(Aws(empty, region="us-east-1").kms("DescribeKey", KeyId=ARN).code, "InvalidSignatureException", "has no region")
    held = Cloud(world())
    held.set("/admin/fault", service="all", kind="hang", before_auth=True)
    try:
        TiDB(held).once("GET", BASE1 + "/projects", timeout=0.5)
    except OSError:
        pass
    tap.equal(held.end(), (0, ""), "SIGTERM ends it with a request in hand")
    code = ("import subprocess,sys; p=subprocess.Popen(sys.argv[1:],stdout=subprocess.PIPE); p.stdout.readline(); print(p.pid)")
    with tempfile.TemporaryDirectory() as dir_name:
        out = subprocess.run([sys.executable, "-c", code, program, "--dir", dir_name, "--quiet", "--die-with-parent"],
                             capture_output=True, text=True, timeout=20)
        tap.ok(until(lambda: not alive(int(out.stdout))), "--die-with-parent")


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        return f.read().rsplit(")", 1)[1].split()[0] != "Z"


if __name__ == "__main__":
    run(faults, admin)
    if len(sys.argv) == 1 or "worlds" in sys.argv:
        worlds()
    tap.done()
