# SPDX-License-Identifier: Apache-2.0
"""test-aws: KMS and STS of the stand-in cloud: signatures, states, policies, grants, the vendor."""
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sample import ARN, BASE2, EU, P, V, run
import tap
from clients import JSON11, Aws, TiDB, until


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


def iam(cloud):
    """A document of what an identity may do; what it does not know it does not grant."""
    one = {"Sid": "Watch", "Effect": "Allow", "Action": ["kms:describekey", "kms:Get*"], "Resource": [ARN]}
    never = {"Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*",
             "Condition": {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}}
    put = {"Effect": "Allow", "Action": "kms:PutKeyPolicy", "Resource": ARN}
    text = cloud.key(ARN)["policy"]
    for name, operation, more, statements, good in [
            ("an action that is named, whatever its case", "DescribeKey", {}, [one], True),
            ("an action of a pattern", "GetKeyPolicy", {}, [one], True),
            ("an action that is not named", "ListGrants", {}, [one], False),
            ("another key", "DescribeKey", {}, [dict(one, Resource=EU)], False),
            ("any key", "DescribeKey", {}, [dict(one, Resource="*")], True),
            ("a Deny that applies", "DescribeKey", {}, [one, dict(one, Effect="Deny")], False),
            ("a Deny whose condition does not", "PutKeyPolicy", {"Policy": text}, [put, never], True),
            ("a Deny whose condition does", "PutKeyPolicy", {"Policy": text, "BypassPolicyLockoutSafetyCheck": True},
             [put, never], False),
            ("a condition that is not known", "DescribeKey", {},
             [dict(one, Condition={"StringEquals": {"aws:SourceVpc": "x"}})], False),
            ("a Principal, which has no place there", "DescribeKey", {}, [dict(one, Principal="*")], False),
            ("a Sid with a blank", "DescribeKey", {}, [dict(one, Sid="I watch")], False),
            ("no statement", "DescribeKey", {}, [], False)]:
        cloud.set("/admin/access-key", access_key="AKIATEST",
                  iam_policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
        a = Aws(cloud).kms(operation, KeyId=ARN, **more)
        tap.equal((a.status, a.code), (200, None) if good else (400, "AccessDeniedException"), f"an identity, and {name}")
    for name, document in [("no JSON", "{"), ("no version", json.dumps({"Statement": [one]}))]:
        cloud.set("/admin/access-key", access_key="AKIATEST", iam_policy=document)
        tap.equal(Aws(cloud).kms("DescribeKey", KeyId=ARN).code, "AccessDeniedException", f"a document of {name} grants nothing")
    cloud.set("/admin/access-key", access_key="AKIATEST", iam_policy=json.dumps({"Version": "2012-10-17", "Statement": [one]}))
    tap.equal(Aws(cloud).sts().status, 200, "GetCallerIdentity needs no permission")
    tap.equal(Aws(cloud).sqs("ReceiveMessage", QueueUrl="https://x/111122223333/cmekd-events").status, 403, "a queue is denied too")
    cloud.set("/admin/key", arn=ARN, action="put-policy", now=True, policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
    tap.equal(Aws(cloud).kms("DescribeKey", KeyId=ARN).code, "AccessDeniedException",
              "a key whose policy does not leave it to the account is denied")
    cloud.set("/admin/access-key", access_key="AKIATEST", iam_policy="")
    tap.equal(Aws(cloud).kms("DescribeKey", KeyId=ARN).status, 200, "without a document all is permitted")


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
    tap.equal(aws.kms("EnableKeyRotation", KeyId=ARN, RotationPeriodInDays=89).code, "ValidationException", "89 days are too few")
    tap.equal(aws.kms("EnableKeyRotation", KeyId=ARN, RotationPeriodInDays=90).status, 200, "the period is changed")
    tap.ok(until(lambda: aws.kms("GetKeyRotationStatus", KeyId=ARN).json["RotationPeriodInDays"] == 90), "and seen later")
    tap.equal(aws.kms("RotateKeyOnDemand", KeyId=ARN).json, {"KeyId": ARN}, "a rotation on demand")
    tap.equal(aws.kms("RotateKeyOnDemand", KeyId=ARN).code, "ConflictException", "one at a time")
    tap.ok(until(lambda: len(aws.kms("ListKeyRotations", KeyId=ARN).json["Rotations"]) == 2), "is listed when it is done")
    tap.ok(until(lambda: "OnDemandRotationStartDate" not in aws.kms("GetKeyRotationStatus", KeyId=ARN).json), "then none is in progress")
    cloud.set("/admin/key", arn=ARN, action="disable", now=True)
    tap.equal(aws.kms("RotateKeyOnDemand", KeyId=ARN).code, "DisabledException", "not of a disabled key")
    cloud.set("/admin/key", arn=ARN, action="enable", now=True)
    for _ in range(23):
        cloud.set("/admin/key", arn=ARN, action="rotate", now=True)
    tap.equal(aws.kms("RotateKeyOnDemand", KeyId=ARN).code, "LimitExceededException", "25 in a key's life")
    cloud.set("/admin/key", arn=ARN, origin="EXTERNAL", now=True)
    tap.equal(aws.kms("GetKeyRotationStatus", KeyId=ARN).code, "UnsupportedOperationException", "imported material")
    cloud.set("/admin/key", arn=EU, action="schedule-deletion", in_ms=300)
    aws.region = "eu-central-1"
    tap.ok(until(lambda: aws.kms("DescribeKey", KeyId=EU).code == "NotFoundException"), "deletion comes true when its day has come")
    aws.region = "us-west-2"
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


if __name__ == "__main__":
    run(signatures, iam, sts, curl, kms, key_states, grants, vendor)
    tap.done()
