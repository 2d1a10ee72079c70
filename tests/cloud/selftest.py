# SPDX-License-Identifier: Apache-2.0
"""selftest: the stand-in cloud refuses what the real ones refuse. A stand-in that says yes to everything would make every
test against it worthless, so most cases here are refusals."""
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.environ.get("CMEKD_SRC", ".") + "/tests")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap
from clients import JSON11, Aws, Cloud, TiDB, until

HERE = os.path.dirname(os.path.abspath(__file__))
ARN = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
EU = "arn:aws:kms:eu-central-1:111122223333:key/5678abcd-12ab-34cd-56ef-1234567890ab"
V, P, D = "444455556666", "100", "200"
BASE1, BASE2 = "/api/v1beta", "/v1beta1"
FAST = {"propagation_ms": 600, "pausing_ms": 150, "resuming_ms": 150, "rate_limit": 100000}


def world():
    """A CMEK project of two regions, and a default project."""
    clusters = [{"id": str(i), "name": f"c{i}", "region": "us-west-2", "state": "ACTIVE"} for i in range(1, 13)]
    clusters.append({"id": "13", "name": "eu", "region": "eu-central-1", "state": "ACTIVE"})
    clusters.append({"id": "14", "name": "old", "region": "us-west-2", "state": "PAUSED", "paused_ago_ms": 3600000})
    return {
        "vendor_account": V, "config": dict(FAST),
        "access_keys": [{"access_key": "AKIATEST", "secret": "wJalr+/secret", "account": "111122223333"},
                        {"access_key": "ASIATEMP", "secret": "temporary", "session_token": "tok/en+=="},
                        {"access_key": "AKIAFOREIGN", "secret": "foreign", "account": "999988887777"}],
        "organization": {"id": "9", "api_keys": [{"public": "pub", "private": "priv"},
                                                 {"public": "viewer", "private": "v", "role": "project:ctl_plane_viewer"}]},
        "keys": [{"arn": ARN, "rotation_enabled": True}, {"arn": EU}],
        "projects": [{"id": P, "name": "prod", "cmek_enabled": True, "clusters": clusters,
                      "cmek": [{"region": "us-west-2", "kms_arn": ARN}, {"region": "eu-central-1", "kms_arn": EU}]},
                     {"id": D, "name": "default", "default": True,
                      "clusters": [{"id": "21", "name": "play", "region": "us-west-2"}]}]}


def signatures(cloud):
    aws = Aws(cloud)
    a = aws.kms("DescribeKey", KeyId=ARN)
    tap.equal((a.status, a.json["KeyMetadata"]["KeyState"]), (200, "Enabled"), "a good signature is accepted")
    tap.ok(a.headers["content-type"] == JSON11 and "x-amzn-requestid" in a.headers, "an answer has type and request id")
    for name, code, other in [
            ("a wrong secret", "InvalidSignatureException", {"secret": "wrong"}),
            ("an unknown access key", "UnrecognizedClientException", {"key": "AKIAOTHER"}),
            ("another region than the key's", "InvalidSignatureException", {"region": "eu-central-1"}),
            ("another service", "InvalidSignatureException", {"service": "sts"}),
            ("a clock 6 min behind", "InvalidSignatureException", {"skew_s": -360}),
            ("a clock 6 min ahead", "InvalidSignatureException", {"skew_s": 360}),
            ("a session token with a user's key", "UnrecognizedClientException", {"token": "x"}),
            ("a temporary key without its token", "UnrecognizedClientException", {"key": "ASIATEMP", "secret": "temporary"}),
            ("a temporary key with another token", "UnrecognizedClientException",
             {"key": "ASIATEMP", "secret": "temporary", "token": "other"})]:
        a = Aws(cloud, **other).kms("DescribeKey", KeyId=ARN)
        tap.equal((a.status, a.code), (400, code), name + " is refused")
    tap.equal(Aws(cloud, skew_s=-240).kms("DescribeKey", KeyId=ARN).status, 200, "a clock 4 min behind is accepted")
    temporary = Aws(cloud, key="ASIATEMP", secret="temporary", token="tok/en+==")
    tap.equal(temporary.kms("DescribeKey", KeyId=ARN).status, 200, "a temporary key with its token is accepted")
    cloud.set("/admin/access-key", access_key="ASIATEMP", expired=True)
    tap.equal(temporary.kms("DescribeKey", KeyId=ARN).code, "ExpiredTokenException", "an expired token is refused")
    tap.equal(Aws(cloud, key="AKIAFOREIGN", secret="foreign").kms("DescribeKey", KeyId=ARN).code,
              "AccessDeniedException", "another account is denied")
    body = json.dumps({"KeyId": ARN}).encode()
    plain = {"Content-Type": JSON11, "X-Amz-Target": "TrentService.DescribeKey"}
    for name, code, headers, sent in [
            ("no signature", "MissingAuthenticationTokenException", plain, body),
            ("a changed body", "InvalidSignatureException", aws.sign(plain, body), body + b" "),
            ("a changed header", "InvalidSignatureException",
             dict(aws.sign(plain, body), **{"Content-Type": JSON11 + "; x"}), body),
            ("an unsigned x-amz-target", "IncompleteSignatureException", aws.sign(plain, body, ["x-amz-target"]), body),
            ("an unsigned host", "IncompleteSignatureException", aws.sign(plain, body, ["host"]), body),
            ("a header signed but not sent", "InvalidSignatureException", aws.sign(plain, body, (), ["expect"]), body),
            ("a torn signature", "IncompleteSignatureException",
             dict(aws.sign(plain, body), Authorization="AWS4-HMAC-SHA256 Credential=x"), body)]:
        tap.equal(cloud.request("POST", "/", headers, sent).code, code, name + " is refused")
    cloud.set("/admin/config", clock_offset_ms=600000)
    tap.equal(aws.kms("DescribeKey", KeyId=ARN).code, "InvalidSignatureException", "the cloud's clock can be moved")
    cloud.set("/admin/config", clock_offset_ms=0)


def sts(cloud):
    a = Aws(cloud).sts()
    tap.ok(a.status == 200 and b"<Account>111122223333</Account>" in a.body, "GetCallerIdentity answers in XML", a.body)
    a = Aws(cloud, secret="wrong").sts()
    tap.ok(a.status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in a.body, "STS refuses a wrong secret", a.body)
    a = Aws(cloud, key="AKIAOTHER").sts()
    tap.ok(a.status == 403 and b"<Code>InvalidClientTokenId</Code>" in a.body, "STS refuses an unknown key", a.body)
    tap.equal(Aws(cloud).sts(b"Action=AssumeRole&Version=2011-06-15").status, 400, "STS offers nothing else")


def curl(cloud):
    """A second, independent signer and Digest client."""
    key, info = cloud.info["access_keys"][0], cloud.info
    if not shutil.which("curl"):
        tap.skip("curl agrees with the stand-in", "curl(1) is not installed")
        return
    run = ["curl", "-sS", "-m", "10", "--cacert", info["ca"], "-w", "%{http_code}", "-o", "/dev/null"]
    out = subprocess.run(run + ["--aws-sigv4", "aws:amz:us-west-2:kms", "--user", f"{key['access_key']}:{key['secret']}",
                                "-H", "Content-Type: " + JSON11, "-H", "X-Amz-Target: TrentService.GetKeyPolicy",
                                "-d", json.dumps({"KeyId": ARN}), info["kms"]], capture_output=True, text=True)
    tap.equal(out.stdout, "200", "curl's signature is accepted")
    out = subprocess.run(run + ["--digest", "--user", "pub:priv", info["v1beta"] + "/projects",
                                "-o", "/dev/null", info["dedicated"] + "/clusters?projectId=" + P],
                         capture_output=True, text=True)
    tap.equal(out.stdout, "200200", "curl's Digest is accepted, on both APIs")
    seen = [(e["status"], e["auth"]) for e in cloud.log("service=tidb")]
    tap.equal(seen, [(401, "none"), (200, "ok")] * 2, "after a challenge each; its command line keeps no nonce")
    out = subprocess.run(run + [info["kms"].replace("127.0.0.1", "localhost")], capture_output=True, text=True)
    tap.equal(out.stdout, "404", "the certificate is good for localhost; a path of nobody's is 404")


def kms(cloud):
    aws = Aws(cloud)
    old = aws.kms("GetKeyPolicy", KeyId=ARN, PolicyName="default").json["Policy"]
    new = json.dumps(dict(json.loads(old), Id="changed"))
    a = aws.kms("PutKeyPolicy", KeyId=ARN, Policy=new)
    tap.equal((a.status, a.body), (200, b""), "PutKeyPolicy answers with an empty body")
    tap.equal(aws.kms("GetKeyPolicy", KeyId=ARN).json["Policy"], old, "readers get the old policy at first")
    tap.ok(until(lambda: aws.kms("GetKeyPolicy", KeyId=ARN).json["Policy"] == new), "and the new one later")
    tap.equal(aws.kms("GetKeyPolicy", KeyId=ARN, PolicyName="x").code, "NotFoundException", "no other policy name")
    statement = json.loads(old)["Statement"][0]
    big = json.dumps({"Statement": [dict(statement, Sid="x" * 32768)]})
    for name, code, text in [("no JSON", "MalformedPolicyDocumentException", old[:-9]),
                             ("a statement without Effect", "MalformedPolicyDocumentException",
                              '{"Statement":[{"Principal":"*","Action":"kms:*","Resource":"*"}]}'),
                             ("32769 bytes", "LimitExceededException", big),
                             ("a character above U+00FF", "ValidationException", old.replace("cmek", "\u0142")),
                             ("nothing", "ValidationException", "")]:
        tap.equal(aws.kms("PutKeyPolicy", KeyId=ARN, Policy=text).code, code, f"a policy of {name} is refused")
    tap.equal(aws.kms("PutKeyPolicy", KeyId=ARN, Policy=old.replace("cmek-", "\u00e9-")).status, 200, "Latin-1 is accepted")
    cloud.set("/admin/key", arn=ARN, lockout=True)
    tap.equal(aws.kms("PutKeyPolicy", KeyId=ARN, Policy=old).code, "MalformedPolicyDocumentException", "lockout check")
    cloud.set("/admin/key", arn=ARN, lockout=False, deny_self=["GetKeyPolicy"])
    tap.equal((aws.kms("GetKeyPolicy", KeyId=ARN).code, aws.kms("DescribeKey", KeyId=ARN).status),
              ("AccessDeniedException", 200), "one operation can be denied")
    cloud.set("/admin/key", arn=ARN, deny_self=True)
    tap.equal((aws.kms("DescribeKey", KeyId=ARN).code, aws.sts().status), ("AccessDeniedException", 200),
              "all can be denied while GetCallerIdentity works")
    cloud.set("/admin/key", arn=ARN, deny_self=False)
    for name, code, arn in [("a key that is not there", "NotFoundException", ARN[:-1] + "0"),
                            ("an ARN of something else", "InvalidArnException", "arn:aws:s3:::bucket"),
                            ("an alias", "NotFoundException", "alias/x")]:
        tap.equal(aws.kms("DescribeKey", KeyId=arn).code, code, name + " is refused")
    tap.equal(aws.kms("DescribeKey", KeyId=ARN.split("/")[1]).status, 200, "a key id is taken")
    tap.equal(aws.kms("DescribeKey").code, "ValidationException", "KeyId is needed")
    tap.equal(aws.kms("Encrypt", KeyId=ARN).code, "UnknownOperationException", "no cryptography here")


def key_states(cloud):
    aws = Aws(cloud)

    def shown():
        return aws.kms("DescribeKey", KeyId=EU).json["KeyMetadata"]["KeyState"]

    aws.region = "eu-central-1"
    aws.kms("DisableKey", KeyId=EU)
    tap.equal(shown(), "Enabled", "DisableKey is not seen at once")
    tap.ok(until(lambda: shown() == "Disabled"), "but later")
    tap.equal(aws.kms("CancelKeyDeletion", KeyId=EU).code, "KMSInvalidStateException", "nothing to cancel")
    a = aws.kms("ScheduleKeyDeletion", KeyId=EU, PendingWindowInDays=7)
    tap.ok(a.status == 200 and abs(a.json["DeletionDate"] - time.time() - 7 * 86400) < 60, "deletion is scheduled", a.body)
    tap.equal(aws.kms("EnableKey", KeyId=EU).code, "KMSInvalidStateException", "a key pending deletion cannot be enabled")
    tap.equal(aws.kms("ScheduleKeyDeletion", KeyId=EU, PendingWindowInDays=6).code, "KMSInvalidStateException", "nor again")
    tap.equal(aws.kms("PutKeyPolicy", KeyId=EU, Policy=cloud.key(EU)["policy"]).status, 200, "its policy can be edited")
    tap.ok(until(lambda: "DeletionDate" in aws.kms("DescribeKey", KeyId=EU).json["KeyMetadata"]), "DeletionDate is shown")
    tap.equal(aws.kms("GetKeyRotationStatus", KeyId=EU).json["KeyRotationEnabled"], False, "rotation reads false")
    aws.kms("CancelKeyDeletion", KeyId=EU)
    tap.ok(until(lambda: shown() == "Disabled"), "cancelled: the key is Disabled, not Enabled")
    aws.kms("EnableKey", KeyId=EU)
    tap.ok(until(lambda: shown() == "Enabled"), "and Enabled after a second call")
    tap.equal(aws.kms("ScheduleKeyDeletion", KeyId=EU, PendingWindowInDays=6).code, "ValidationException", "6 days are too few")
    aws.region = "us-west-2"
    a = aws.kms("GetKeyRotationStatus", KeyId=ARN).json
    tap.ok(a["KeyRotationEnabled"] and a["RotationPeriodInDays"] == 365 and a["NextRotationDate"] > 0, "rotation status", a)
    before = aws.kms("DescribeKey", KeyId=ARN).json["KeyMetadata"]["CurrentKeyMaterialId"]
    cloud.set("/admin/key", arn=ARN, action="rotate", now=True)
    a = aws.kms("ListKeyRotations", KeyId=ARN).json["Rotations"]
    after = aws.kms("DescribeKey", KeyId=ARN).json["KeyMetadata"]["CurrentKeyMaterialId"]
    tap.ok(len(a) == 1 and a[0]["KeyMaterialId"] == after != before, "a rotation changes the material and is listed", a)
    cloud.set("/admin/key", arn=ARN, origin="EXTERNAL", now=True)
    tap.equal(aws.kms("GetKeyRotationStatus", KeyId=ARN).code, "UnsupportedOperationException", "imported material")
    cloud.set("/admin/key", arn=ARN, origin="AWS_KMS", action="delete", now=True)
    tap.equal(aws.kms("DescribeKey", KeyId=ARN).code, "NotFoundException", "a deleted key is gone")


def grants(cloud):
    aws = Aws(cloud)

    def listed():
        out, more = [], {}
        while True:
            page = aws.kms("ListGrants", KeyId=ARN, Limit=5, **more).json
            out += page["Grants"]
            if not page["Truncated"]:
                return out
            more = {"Marker": page["NextMarker"]}

    alive = until(lambda: len(listed()) == 24 and listed())
    tap.equal(len(alive or []), 24, "12 running clusters hold 24 grants, page by page")
    g = alive[0]
    tap.ok(g["GranteePrincipal"].startswith(V + ":aws:ec2-infrastructure:i-") and
           g["Constraints"]["EncryptionContextSubset"]["aws:ebs:id"].startswith("vol-"), "in the form that EBS makes", g)
    tap.equal(aws.kms("RevokeGrant", KeyId=ARN, GrantId=g["GrantId"], DryRun=True).code, "DryRunOperationException", "dry run")
    tap.equal(aws.kms("RevokeGrant", KeyId=ARN, GrantId=g["GrantId"]).status, 200, "a grant is revoked")
    tap.equal(aws.kms("RevokeGrant", KeyId=ARN, GrantId=g["GrantId"]).code, "NotFoundException", "once")
    tap.ok(until(lambda: len(listed()) == 23), "and is no longer listed, later")
    tap.equal(aws.kms("ListGrants", KeyId=ARN, Marker="x").code, "InvalidMarkerException", "an invented marker is refused")
    tidb = TiDB(cloud)
    tidb.call("POST", BASE2 + "/clusters/2:pauseCluster")
    tap.ok(until(lambda: len(listed()) == 21), "a paused cluster's volumes let go of theirs")
    cloud.set("/admin/config", grants_outlive_pause=True)
    tidb.call("POST", BASE2 + "/clusters/3:pauseCluster")
    until(lambda: cloud.cluster("3")["state"] == "PAUSED")
    tap.equal(cloud.cluster("3")["grants"], 2, "or keep them, if so told")


def digest(cloud):
    c = TiDB(cloud)
    a = c.once("GET", BASE1 + "/projects")
    tap.equal((a.status, a.body), (401, b""), "the first request is challenged, without a body")
    tap.ok('realm="tidb.cloud"' in c.challenge and 'domain=""' in c.challenge and "algorithm=MD5" in c.challenge
           and 'qop="auth"' in c.challenge and "stale=false" in c.challenge, "the challenge is the known one", c.challenge)
    tap.equal(c.once("GET", BASE1 + "/projects").status, 200, "the answer to it is accepted")
    tap.equal(c.once("GET", BASE2 + "/clusters/1").status, 200, "the nonce is good for another URI")
    nonce, count = c.nonce, c.count
    tap.equal(c.once("GET", BASE2 + "/clusters/1", count=count).status, 401, "a count is accepted once")
    tap.ok("stale=true" in c.challenge, "a replay is told to be stale", c.challenge)
    c.once("GET", BASE2 + "/clusters/1")
    tap.equal(c.once("GET", BASE2 + "/clusters/1", uri=BASE2 + "/clusters/2").status, 401, "the uri must be the request's")
    c.nonce = "0" * 32
    c.once("GET", BASE2 + "/clusters/1")
    tap.ok("stale=true" in c.challenge, "an invented nonce is refused", c.challenge)
    for user, password, name in [("pub", "wrong", "a wrong private key"), ("other", "priv", "an unknown public key")]:
        bad = TiDB(cloud, user, password)
        a = bad.get(BASE1 + "/projects")
        tap.equal(a.status, 401, name + " is refused")
    tap.equal(a.json["code"], 49900001, "the latter with the documented body")
    cloud.set("/admin/config", nonce_lifetime_ms=1)
    for stale in ("true", "false", "absent"):
        cloud.set("/admin/config", nonce_stale=stale)
        c.get(BASE1 + "/projects")
        time.sleep(0.01)
        a = c.once("GET", BASE1 + "/projects")
        told = "stale=true" in c.challenge if stale == "true" else \
            "stale=false" in c.challenge if stale == "false" else "stale" not in c.challenge
        tap.ok(a.status == 401 and told, f"an old nonce is answered with stale {stale}", c.challenge)
    tap.ok(nonce != c.nonce, "nonces differ")
    cloud.set("/admin/config", nonce_lifetime_ms=300000)
    viewer = TiDB(cloud, "viewer", "v")
    tap.equal(viewer.get(BASE1 + "/projects").status, 200, "a viewer may read")
    tap.equal(viewer.call("POST", BASE2 + "/clusters/1:pauseCluster").status, 403, "and not pause")
    tap.equal(cloud.log("effect=true"), [], "none of this changed anything")


def rate(cloud):
    c, other = TiDB(cloud), TiDB(cloud, "viewer", "v")
    other.get(BASE1 + "/projects")
    cloud.set("/admin/config", rate_window_ms=1500)
    c.get(BASE1 + "/projects")
    until(lambda: int(c.get(BASE1 + "/projects").headers["x-ratelimit-remaining-minute"]) > 99990)
    cloud.set("/admin/config", rate_limit=6)
    seen = [c.get((BASE1 + "/projects", BASE2 + "/clusters/1")[i % 2]) for i in range(9)]
    refused = [a for a in seen if a.status == 429]
    tap.ok(refused and refused[0].json["code"] in (49900007, 8), "too many requests on both APIs together are refused")
    tap.ok("exceeded the limit of 6 times" in refused[0].json["message"], "with the documented text")
    tap.ok(all(h in seen[0].headers for h in ("x-ratelimit-limit-minute", "x-ratelimit-remaining-minute",
                                              "x-ratelimit-reset", "x-debug-trace-id")), "each answer has the headers")
    tap.equal(refused[0].headers["x-ratelimit-remaining-minute"], "0", "nothing remains")
    tap.ok("retry-after" not in refused[0].headers, "and no Retry-After")
    tap.equal(other.get(BASE1 + "/projects").status, 200, "another key has its own limit")
    tap.ok(until(lambda: c.once("GET", BASE1 + "/projects").status == 200), "the next window is free again")


def v1beta(cloud):
    c = TiDB(cloud)
    pages = [c.get(f"{BASE1}/projects/{P}/clusters?page={n}&page_size=5").json for n in (1, 2, 3, 4)]
    tap.equal([len(p["items"]) for p in pages], [5, 5, 4, 0], "clusters come page by page")
    tap.equal({p["total"] for p in pages}, {14}, "each page says how many there are")
    tap.equal(len(c.get(f"{BASE1}/projects/{P}/clusters").json["items"]), 10, "a page has 10 by default")
    tap.equal(c.get(f"{BASE1}/projects/{P}/clusters?page=0").status, 400, "page 0 is refused")
    item = pages[0]["items"][0]
    tap.equal((item["id"], item["project_id"], item["status"]["cluster_status"], item["cloud_provider"]),
              ("1", P, "AVAILABLE", "AWS"), "a running cluster is AVAILABLE")
    tap.ok("paused" not in item["config"], "config.paused is never returned")
    tap.equal(c.get(f"{BASE1}/projects/{P}/clusters/14").json["status"]["cluster_status"], "PAUSED", "one is PAUSED")
    tap.equal(c.get(f"{BASE1}/projects").json["total"], 2, "projects are listed")
    tap.equal([i["region"] for i in c.get(f"{BASE1}/projects/{P}/aws-cmek").json["items"]], ["us-west-2", "eu-central-1"], "CMEK")
    for path in ("/projects/77/aws-cmek", "/projects/77/clusters", f"/projects/{P}/clusters/77", f"/projects/{D}/clusters/1"):
        a = c.get(BASE1 + path)
        tap.ok(a.status == 404 and a.json["details"] == [], f"{path} is not found", a.body)
    new = c.call("POST", BASE1 + "/projects", {"name": "new", "aws_cmek_enabled": True}).json["id"]
    spec = {"specs": [{"region": "us-west-2", "kms_arn": ARN}]}
    tap.equal(c.call("POST", f"{BASE1}/projects/{new}/aws-cmek", spec).json, {}, "a new project takes a key")
    tap.equal(c.call("POST", f"{BASE1}/projects/{new}/aws-cmek", spec).status, 400, "once a region")
    tap.equal(c.call("POST", f"{BASE1}/projects/{D}/aws-cmek", spec).json["message"], "aws cmek is not enabled", "if enabled")
    cloud.set("/admin/config", pausing_ms=2000)  # long enough for a busy machine
    one = f"{BASE1}/projects/{P}/clusters/1"
    tap.equal(c.call("PATCH", one, {"config": {"paused": True, "components": {}}}).status, 400, "paused must come alone")
    tap.equal(c.call("PATCH", one, {"config": {"paused": False}}).status, 400, "a running cluster cannot be resumed")
    a = c.call("PATCH", one, {"config": {"paused": True}})
    tap.equal((a.status, a.json), (200, {}), "a pause is accepted")
    tap.equal(c.get(one).json["status"]["cluster_status"], "PAUSING", "and takes its time")
    a = c.call("PATCH", one, {"config": {"paused": True}})
    tap.equal((a.status, a.json["code"]), (400, 60100026), "a second pause is refused")
    tap.equal(c.call("PATCH", one, {"config": {"paused": False}}).status, 400, "no resume while PAUSING")
    tap.ok(until(lambda: c.get(one).json["status"]["cluster_status"] == "PAUSED"), "it ends as PAUSED")
    tap.equal(c.call("PATCH", one, {"config": {"paused": False}}).status, 200, "a resume is accepted")
    tap.ok(until(lambda: c.get(one).json["status"]["cluster_status"] == "AVAILABLE"), "and ends as AVAILABLE")
    ops = [e["op"] for e in cloud.log("effect=true")]
    tap.equal(ops, ["CreateProject", "CreateCmek", "PauseCluster", "ResumeCluster"], "the log tells what changed something")


def dedicated(cloud):
    c, url = TiDB(cloud), f"{BASE2}/clusters?projectId={P}"
    tap.equal([x["clusterId"] for x in c.get(BASE2 + "/clusters").json["clusters"]], ["21"],
              "without projectId the default project's clusters are listed")
    seen, token = [], ""
    while True:
        page = c.get(f"{url}&pageSize=6&pageToken={token}").json
        seen += [x["clusterId"] for x in page["clusters"]]
        if not page.get("nextPageToken"):
            break
        token = page["nextPageToken"]
    tap.equal((seen, page["totalSize"]), ([str(i) for i in range(1, 15)], 14), "all pages together are all clusters")
    tap.equal(c.get(f"{url}&pageSize=7&pageToken={token}").status, 400, "other parameters must stay the same")
    tap.equal(len(c.get(f"{url}&pageSize=1000").json["clusters"]), 14, "a large pageSize is made 100")
    tap.equal(len(c.get(url).json["clusters"]), 10, "a page has 10 by default")
    tap.equal(c.get(url + "&pageSize=0").status, 400, "pageSize 0 is refused")
    tap.equal(c.get(url + "&skip=99").json["clusters"], [], "skip beyond the end is an empty list")
    tap.equal([x["clusterId"] for x in c.get(url + "&clusterIds=3&clusterIds=13").json["clusters"]], ["3", "13"], "by id")
    tap.equal([x["clusterId"] for x in c.get(url + "&regionIds=aws-eu-central-1").json["clusters"]], ["13"], "by region")
    tap.equal([x["clusterId"] for x in c.get(url + "&clusterStates=PAUSED").json["clusters"]], ["14"], "by state")
    tap.equal(c.get(BASE2 + "/clusters?projectId=77").status, 404, "an unknown project is an error")
    a = c.get(BASE2 + "/clusters/77")
    tap.equal((a.status, a.json["code"]), (404, 5), "an unknown cluster is an error")
    x = c.get(BASE2 + "/clusters/14").json
    tap.equal((x["labels"]["tidb.cloud/project"], x["regionId"], x["state"], x["pausePlan"]["pauseType"]),
              (P, "aws-us-west-2", "PAUSED", "NORMAL"), "a paused cluster has a plan")
    cloud.set("/admin/config", pausing_ms=500)
    first = c.call("POST", BASE2 + "/clusters/1:pauseCluster").json["cluster"]
    tap.equal(first["state"], "PAUSING", "a pause answers with the cluster")
    tap.ok(until(lambda: c.get(BASE2 + "/clusters/1").json["state"] == "PAUSED"), "it ends as PAUSED")
    time.sleep(1.1)
    tap.equal(c.get(BASE2 + "/clusters/1").json["pausePlan"], first["pausePlan"], "its scheduled resume never moves")
    a = c.call("POST", BASE2 + "/clusters/1:pauseCluster")
    tap.equal((a.status, a.json["code"]), (400, 3), "a second pause is refused")
    tap.equal(c.call("POST", BASE2 + "/clusters/2:resumeCluster").status, 400, "a running cluster cannot be resumed")
    tap.equal(c.call("GET", BASE2 + "/clusters/2:pauseCluster").status, 404, "a pause is a POST")
    cloud.set("/admin/cluster", id="3", hidden=True)
    tap.ok("3" not in [x["clusterId"] for x in c.get(url + "&pageSize=100").json["clusters"]]
           and c.get(BASE2 + "/clusters/3").status == 200, "a hidden cluster is in no list, and answers by id")
    cloud.set("/admin/cluster", id="4", state="SOMETHING_NEW")
    tap.equal(c.get(BASE2 + "/clusters/4").json["state"], "SOMETHING_NEW", "states that nobody knows are served")
    cloud.set("/admin/cluster", id="5", action="delete")
    tap.equal(c.get(BASE2 + "/clusters/5").status, 404, "a deleted cluster is gone")


def lives(cloud):
    c = TiDB(cloud)

    def post(cluster, verb):
        return c.call("POST", f"{BASE2}/clusters/{cluster}:{verb}Cluster")

    def reaches(cluster, state):
        return until(lambda: cloud.cluster(cluster)["state"] == state)

    for kind, code in [("backup", 60100027), ("import", 60100028), ("changefeed", 60100029), ("pitr", 60100029),
                       ("migration", 60100029)]:
        cloud.set("/admin/cluster", id="1", blockers={kind: True})
        a = c.call("PATCH", f"{BASE1}/projects/{P}/clusters/1", {"config": {"paused": True}})
        tap.equal((a.status, a.json["code"]), (400, code), f"a pause is refused: {kind}")
    cloud.set("/admin/cluster", id="1", blockers={"backup": "my own text"})
    tap.equal(post("1", "pause").json["message"], "my own text", "with the text that was set")
    tap.equal(cloud.cluster("1")["pauses"], 0, "none of them counted as a pause")
    cloud.set("/admin/cluster", id="2", state="MODIFYING", state_ms=200)
    tap.equal(post("2", "pause").status, 400, "a cluster being modified cannot be paused")
    tap.ok(reaches("2", "ACTIVE"), "it becomes ACTIVE by itself")
    for cluster in ("3", "4", "5", "6"):
        post(cluster, "pause")
        reaches(cluster, "PAUSED")
    cloud.set("/admin/key", arn=ARN, action="vendor-out")
    tap.equal(cloud.key(ARN)["vendor_can_use"], True, "a policy change is not effective at once")
    until(lambda: not cloud.key(ARN)["vendor_can_use"])
    cloud.set("/admin/cluster", id="4", lost_resume="inactive")
    cloud.set("/admin/cluster", id="5", lost_resume="active")
    for cluster in ("3", "4", "5"):
        post(cluster, "resume")
    tap.ok(reaches("4", "INACTIVE"), "a resume without the key may end as INACTIVE")
    tap.ok(reaches("5", "ACTIVE"), "or, if the cut does not work, as ACTIVE")
    time.sleep(0.4)
    tap.equal(cloud.cluster("3")["state"], "RESUMING", "or hang in RESUMING")
    tap.equal((cloud.cluster("3")["grants"], cloud.cluster("3")["lost"]), (0, True), "without any grant")
    tap.equal(cloud.cluster("7")["state"], "ACTIVE", "a running cluster is not affected")
    post("21", "pause")
    reaches("21", "PAUSED")
    post("21", "resume")
    tap.ok(reaches("21", "ACTIVE"), "a cluster without CMEK needs no key")
    cloud.set("/admin/key", arn=ARN, action="policy-undo")
    tap.ok(reaches("3", "ACTIVE") and reaches("4", "ACTIVE"), "with the key back, they come up")
    tap.equal(cloud.cluster("3")["grants"], 2, "with fresh grants")
    cloud.set("/admin/cluster", id="6", resume_in_ms=200)
    tap.ok(reaches("6", "ACTIVE"), "a scheduled resume is carried out when it is due")
    tap.equal([h["by"] for h in cloud.cluster("6")["history"]][-2:], ["service", "service"], "by the service")
    cloud.set("/admin/config", pause_max_ms=500)
    cloud.set("/admin/cluster", id="8", action="pause")
    tap.ok(reaches("8", "PAUSED") and reaches("8", "ACTIVE"), "so is the one of a person's pause")
    tap.equal(cloud.log("subject=8"), [], "which is no request to the API")
    cloud.set("/admin/config", pause_type="DEPRECATE")
    post("9", "pause")
    reaches("9", "PAUSED")
    tap.ok("scheduledResumeTime" not in c.get(BASE2 + "/clusters/9").json["pausePlan"], "the legacy plan has no such time")


def vendor(cloud):
    """The stand-in's own verdict about the vendor account."""
    allow = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}

    def when(effect="Allow", **members):
        return {"Statement": [allow, dict(allow, Effect=effect, **members)]} if effect == "Deny" else \
            {"Statement": [dict(allow, **members)]}

    caller, via = {"kms:CallerAccount": V}, {"kms:ViaService": "ec2.us-west-2.amazonaws.com"}
    for name, policy, want in [
            ("everybody", when(), True),
            ("the account's root", when(Principal={"AWS": [f"arn:aws:iam::{V}:root"]}), True),
            ("the account's number", when(Principal={"AWS": V}), True),
            ("another account", when(Principal={"AWS": "123412341234"}), False),
            ("caller and service", when(Condition={"StringEquals": dict(caller, **via)}), True),
            ("another caller", when(Condition={"StringEquals": {"kms:CallerAccount": "123412341234"}}), False),
            ("any region", when(Condition={"StringLike": {"kms:ViaService": "ec2.*.amazonaws.com"}}), True),
            ("another region", when(Condition={"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}), False),
            ("only decryption", when(Action=["kms:Decrypt"]), False),
            ("a pattern of actions", when(Action="kms:create*"), True),
            ("a Deny for the caller", when("Deny", Condition={"StringEquals": caller}), False),
            ("a Deny for another", when("Deny", Condition={"StringEquals": {"kms:CallerAccount": "1"}}), True),
            ("no statement", {"Statement": []}, False),
            ("one statement without a list", {"Statement": allow}, True)]:
        cloud.set("/admin/key", arn=ARN, action="put-policy", policy=json.dumps(policy), now=True)
        tap.equal(cloud.key(ARN)["vendor_can_use"], want, f"vendor and a policy of {name}")
    cloud.set("/admin/key", arn=ARN, action="put-policy", policy="{ // no JSON", now=True)
    tap.equal(cloud.key(ARN)["vendor_can_use"], False, "vendor and a policy that is no JSON")
    cloud.set("/admin/key", arn=ARN, action="put-policy", policy=json.dumps(when()), now=True)
    cloud.set("/admin/key", arn=ARN, action="disable", now=True)
    tap.equal(cloud.key(ARN)["vendor_can_use"], False, "vendor and a disabled key")
    cloud.set("/admin/key", arn=ARN, action="enable", now=True)
    cloud.set("/admin/key", arn=ARN, action="vendor-deny", now=True)
    tap.equal(cloud.key(ARN)["vendor_reason"], "a Deny statement applies", "the console can add a Deny")


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


def main():
    signal.alarm(600)
    for part in (signatures, sts, curl, kms, key_states, grants, digest, rate, v1beta, dedicated, lives, vendor, faults, admin):
        if len(sys.argv) > 1 and part.__name__ not in sys.argv[1:]:
            continue
        cloud = Cloud(world())
        try:
            part(cloud)
        finally:
            status, errors = cloud.end()
        tap.equal((status, errors), (0, ""), f"{part.__name__}: the cloud ends without complaint")
    if len(sys.argv) == 1 or "worlds" in sys.argv:
        worlds()
    tap.done()


if __name__ == "__main__":
    main()
