# SPDX-License-Identifier: Apache-2.0
"""test-sqs: SQS of the stand-in cloud: receiving and deleting, waiting, refusals, faults, the events that come."""
import hashlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sample import ARN, EU, EU_QUEUE, HERE, QUEUE, run
import tap
from clients import JSON10, JSON11, Aws, until

URL = "https://sqs.us-west-2.amazonaws.com/111122223333/cmekd-events"


def send(cloud, body="a hint", arn=QUEUE):
    return cloud.set("/admin/queue", arn=arn, action="send", body=body)["message_id"]


def counts(cloud, arn=QUEUE):
    q = next(q for q in cloud.state()["queues"] if q["arn"] == arn)
    return q["visible"], q["in_flight"], q["received"], q["deleted"]


def receive(aws, **members):
    answer = aws.sqs("ReceiveMessage", **{"QueueUrl": URL, **members})
    if answer.status != 200:
        raise AssertionError(answer.body)
    return answer.json.get("Messages", [])


def refusal(answer):
    return answer.status, answer.json["__type"], answer.headers.get("x-amzn-query-error")


class Waiter(threading.Thread):
    """One ReceiveMessage that waits, in a thread; `took` seconds later it has `messages`."""

    def __init__(self, cloud, **members):
        super().__init__(daemon=True)
        self.aws, self.members, self.took, self.messages = Aws(cloud), {"WaitTimeSeconds": 20, **members}, None, None
        before = len(cloud.log("op=ReceiveMessage&auth=ok"))
        self.start()
        until(lambda: len(cloud.log("op=ReceiveMessage&auth=ok")) > before)

    def run(self):
        began = time.monotonic()
        try:
            self.messages = receive(self.aws, **self.members)
        except (OSError, http.client.HTTPException):
            pass  # the cloud ended before
        self.took = time.monotonic() - began

    def bodies(self):
        self.join(25)
        return [m["Body"] for m in self.messages]


def queue(cloud):
    aws = Aws(cloud)
    a = aws.sqs("ReceiveMessage", QueueUrl=URL)
    tap.equal((a.status, a.body, a.headers["content-type"]), (200, b"{}", JSON10), "an empty queue has no Messages at all")
    tap.ok("x-amzn-requestid" in a.headers, "an answer has a request id")
    id_ = send(cloud, 'a "hint" / \u00e9')
    first = receive(aws)[0]
    tap.equal((first["MessageId"], first["Body"], sorted(first)), (id_, 'a "hint" / \u00e9', ["Body", "MD5OfBody", "MessageId", "ReceiptHandle"]),
              "a message is received, without attributes that nobody asked for")
    tap.equal(first["MD5OfBody"], hashlib.md5(first["Body"].encode(), usedforsecurity=False).hexdigest(), "MD5 of the body")
    tap.equal((receive(aws), counts(cloud)), ([], (0, 1, 1, 0)), "and is in flight then")
    aws.sqs("ChangeMessageVisibility", QueueUrl=URL, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    again = receive(aws, VisibilityTimeout=1, MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"])[0]
    tap.ok(again["ReceiptHandle"] != first["ReceiptHandle"], "each receive makes a handle of its own")
    tap.ok(again["Attributes"]["ApproximateReceiveCount"] == "2" and
           abs(int(again["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60, "attributes that were asked for", again)
    a = aws.sqs("DeleteMessage", QueueUrl=URL, ReceiptHandle=first["ReceiptHandle"])
    tap.equal((a.status, a.body, counts(cloud)[3]), (200, b"", 0), "an older handle deletes nothing, and says nothing")
    tap.ok(until(lambda: counts(cloud)[0] == 1), "a message comes back when its time is over")
    aws.sqs("DeleteMessage", QueueUrl=URL, ReceiptHandle=again["ReceiptHandle"])
    tap.equal(counts(cloud), (0, 0, 2, 1), "and its latest handle still deletes it")
    for n in range(12):
        send(cloud, str(n))
    got = receive(aws, MaxNumberOfMessages=10)
    tap.equal([m["Body"] for m in got], [str(n) for n in range(10)], "ten at a time")
    tap.equal(len(receive(aws)), 1, "one by default")
    a = aws.sqs("DeleteMessageBatch", QueueUrl=URL, Entries=[
        {"Id": "x", "ReceiptHandle": got[0]["ReceiptHandle"]}, {"Id": "y", "ReceiptHandle": "no"},
        {"Id": "z", "ReceiptHandle": got[1]["ReceiptHandle"]}]).json
    tap.ok(a["Successful"] == [{"Id": "x"}, {"Id": "z"}] and [(f["Id"], f["Code"], f["SenderFault"]) for f in a["Failed"]] ==
           [("y", "ReceiptHandleIsInvalid", True)], "a batch tells of each entry", a)
    tap.equal(counts(cloud)[3], 3, "and deletes the good ones")
    a = aws.sqs("GetQueueUrl", QueueName="cmekd-events").json["QueueUrl"]
    tap.ok(a.endswith("/111122223333/cmekd-events") and len(receive(aws, QueueUrl=a)) == 1, "GetQueueUrl gives one that works", a)
    send(cloud, "for the EU", EU_QUEUE)
    aws.region = "eu-central-1"
    tap.equal([m["Body"] for m in receive(aws)], ["for the EU"], "the signature's region says which of two queues of a name")
    entry = cloud.log("service=sqs&op=ReceiveMessage")[-1]
    tap.equal((entry["subject"], entry["status"], entry["auth"], entry["effect"]), (EU_QUEUE, 200, "ok", True), "the log names the queue")
    entry = cloud.log("service=sqs&op=DeleteMessage")[0]
    tap.equal((entry["subject"], entry["effect"]), (QUEUE, False), "and tells whether anything was done")


def refusals(cloud):
    aws, sqs, common = Aws(cloud), "com.amazonaws.sqs#", "com.amazon.coral.service#"
    handle = (send(cloud), receive(aws))[1][0]["ReceiptHandle"]
    gone = (send(cloud), receive(aws))[1][0]["ReceiptHandle"]
    aws.sqs("DeleteMessage", QueueUrl=URL, ReceiptHandle=gone)
    cloud.set("/admin/queue", arn=QUEUE, action="send", body="seen")
    seen = receive(aws, VisibilityTimeout=0)[0]["ReceiptHandle"]
    bad = (400, common + "InvalidParameterValueException", "InvalidParameterValue;Sender")
    missing = (400, common + "MissingRequiredParameterException", "MissingParameter;Sender")
    malformed = (400, common + "SerializationException", "MalformedInput;Sender")
    nothing = (400, sqs + "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue;Sender")
    invalid = (404, sqs + "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid;Sender")
    unknown = (400, common + "UnknownOperationException", "InvalidAction;Sender")
    entry = {"Id": "a", "ReceiptHandle": handle}
    for op, want, members in [
            ("ReceiveMessage", nothing, {"QueueUrl": URL + "x"}),
            ("ReceiveMessage", nothing, {"QueueUrl": URL.replace("1111", "9999")}),
            ("ReceiveMessage", (400, sqs + "InvalidAddress", "InvalidAddress;Sender"), {"QueueUrl": "https://host/cmekd-events"}),
            ("ReceiveMessage", (400, sqs + "InvalidAddress", "InvalidAddress;Sender"), {"QueueUrl": "https://111122223333/cmekd-events"}),
            ("ReceiveMessage", missing, {"QueueUrl": None}),
            ("ReceiveMessage", bad, {"MaxNumberOfMessages": 11}), ("ReceiveMessage", bad, {"MaxNumberOfMessages": 0}),
            ("ReceiveMessage", bad, {"WaitTimeSeconds": 21}), ("ReceiveMessage", bad, {"VisibilityTimeout": 43201}),
            ("ReceiveMessage", malformed, {"WaitTimeSeconds": "20"}),
            ("ReceiveMessage", malformed, {"MessageSystemAttributeNames": "All"}),
            ("ReceiveMessage", (400, sqs + "InvalidAttributeName", "InvalidAttributeName;Sender"), {"MessageSystemAttributeNames": ["Sent"]}),
            ("GetQueueUrl", nothing, {"QueueName": "other"}), ("GetQueueUrl", missing, {}),
            ("DeleteMessage", invalid, {"ReceiptHandle": "no"}), ("DeleteMessage", missing, {}),
            ("ChangeMessageVisibility", invalid, {"ReceiptHandle": handle[:-1], "VisibilityTimeout": 1}),
            ("ChangeMessageVisibility", bad, {"ReceiptHandle": handle}),
            ("ChangeMessageVisibility", bad, {"ReceiptHandle": handle, "VisibilityTimeout": 43201}),
            ("ChangeMessageVisibility", bad, {"ReceiptHandle": gone, "VisibilityTimeout": 1}),
            ("ChangeMessageVisibility", (400, sqs + "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight;Sender"),
             {"ReceiptHandle": seen, "VisibilityTimeout": 1}),
            ("DeleteMessageBatch", (400, sqs + "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest;Sender"), {}),
            ("DeleteMessageBatch", (400, sqs + "TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest;Sender"),
             {"Entries": [entry] * 11}),
            ("DeleteMessageBatch", (400, sqs + "BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct;Sender"),
             {"Entries": [entry] * 2}),
            ("DeleteMessageBatch", missing, {"Entries": [{"Id": "a"}]}),
            ("SendMessage", unknown, {"MessageBody": "x"})]:
        tap.equal(refusal(aws.sqs(op, **{"QueueUrl": URL, **members})), want, f"{op} {str(members)[:60]} is refused")
    for name, want, other in [
            ("a wrong secret", ("InvalidSignatureException", "SignatureDoesNotMatch"), {"secret": "wrong"}),
            ("an unknown access key", ("UnrecognizedClientException", "InvalidClientTokenId"), {"key": "AKIAOTHER"}),
            ("a region of nobody", ("InvalidSignatureException", "SignatureDoesNotMatch"), {"region": "us-east-1"}),
            ("a clock 6 min behind", ("InvalidSignatureException", "SignatureDoesNotMatch"), {"skew_s": -360}),
            ("another account", ("AccessDeniedException", "AccessDenied"), {"key": "AKIAFOREIGN", "secret": "foreign"})]:
        a = Aws(cloud, **other).sqs("ReceiveMessage", QueueUrl=URL)
        tap.equal(refusal(a), (403, common + want[0], want[1] + ";Sender"), name + " is refused")
    tap.ok("sqs:receivemessage on resource: " + QUEUE in a.json["Message"], "who is denied what", a.body)
    body = json.dumps({"QueueUrl": URL}).encode()
    plain = {"Content-Type": JSON10, "X-Amz-Target": "AmazonSQS.ReceiveMessage"}
    signer = Aws(cloud, service="sqs")
    for name, want, headers, sent in [
            ("no signature", (403, common + "MissingAuthenticationTokenException", "AccessDenied;Sender"), plain, body),
            ("a signature for KMS", (403, common + "InvalidSignatureException", "SignatureDoesNotMatch;Sender"), aws.sign(plain, body), body),
            ("JSON 1.1", unknown, signer.sign(dict(plain, **{"Content-Type": JSON11}), body), body),
            ("no object", malformed, signer.sign(plain, b"[]"), b"[]")]:
        tap.equal(refusal(cloud.request("POST", "/", headers, sent)), want, name + " is refused")
    tap.equal(counts(cloud), (1, 1, 3, 1), "nothing was received or deleted by all that")


def waiting(cloud):
    aws = Aws(cloud)
    w = Waiter(cloud, WaitTimeSeconds=1)
    tap.ok(w.bodies() == [] and 1 <= w.took < 8, "a receive waits for its time, and ends without Messages", w.took)
    w = Waiter(cloud)
    tap.equal(aws.kms("DescribeKey", KeyId=ARN).status, 200, "others are answered meanwhile")
    entry = cloud.log("op=ReceiveMessage")[-1]
    tap.equal((entry["status"], entry["auth"], entry["subject"]), (0, "ok", QUEUE), "the log shows one that waits")
    send(cloud, "now")
    tap.ok(w.bodies() == ["now"] and w.took < 15, "and ends at once when a message comes", w.took)
    tap.equal(cloud.log("op=ReceiveMessage")[-1]["status"], 200, "and the log has its end")
    send(cloud, "back")
    handle = receive(aws)[0]["ReceiptHandle"]
    w = Waiter(cloud)
    aws.sqs("ChangeMessageVisibility", QueueUrl=URL, ReceiptHandle=handle, VisibilityTimeout=0)
    tap.ok(w.bodies() == ["back"] and w.took < 15, "or when one is given back", w.took)
    send(cloud, "short")
    receive(aws, VisibilityTimeout=2)
    w = Waiter(cloud)
    tap.ok(w.bodies() == ["short"] and w.took < 15, "or when the time of one in flight is over", w.took)
    two = [Waiter(cloud, WaitTimeSeconds=3), Waiter(cloud, WaitTimeSeconds=3)]
    send(cloud, "one")
    tap.equal(sorted(w.bodies() for w in two), [[], ["one"]], "of two that wait one gets it")
    def files():
        return len(os.listdir(f"/proc/{cloud.info['pid']}/fd"))

    before, open_before = counts(cloud), files()
    for _ in range(3):
        try:
            aws.sqs("ReceiveMessage", _timeout=0.3, QueueUrl=URL, WaitTimeSeconds=20)
        except TimeoutError:
            pass
    send(cloud, "for nobody")
    tap.equal(counts(cloud), (1, *before[1:]), "who has gone is given nothing")
    tap.equal([m["Body"] for m in receive(aws)], ["for nobody"], "the next one gets it")
    tap.ok(until(lambda: files() <= open_before), "and nothing of it is kept")
    cloud.set("/admin/queue", arn=QUEUE, action="purge")
    Waiter(cloud)  # at the end of which the cloud must end all the same


def faults(cloud):
    aws = Aws(cloud)

    def strike(kind, **members):
        cloud.set("/admin/fault", service="sqs", kind=kind, count=1, **members)

    def one(**members):
        return aws.sqs("ReceiveMessage", _timeout=3, QueueUrl=URL, VisibilityTimeout=0, **members)

    def trouble(**members):
        try:
            return one(**members).status
        except (OSError, http.client.HTTPException) as e:
            return type(e).__name__

    send(cloud)
    for kind, members, check in [
            ("throttle", {}, lambda a: refusal(a) == (403, "com.amazonaws.sqs#RequestThrottled", "RequestThrottled;Sender")),
            ("access-denied", {}, lambda a: (a.status, a.code) == (403, "AccessDeniedException") and QUEUE in a.json["Message"]),
            ("expired-token", {}, lambda a: (a.status, a.code) == (403, "ExpiredTokenException")),
            ("status", {}, lambda a: refusal(a) == (500, "com.amazon.coral.service#InternalFailure", "InternalFailure;Receiver")),
            ("status", {"status": 400, "code": "QueueDoesNotExist"},
             lambda a: a.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"),
            ("html", {}, lambda a: a.status == 502),
            ("garbage", {}, lambda a: a.status == 200 and a.headers["content-type"] == JSON10),
            ("empty", {}, lambda a: (a.status, a.body) == (200, b"")),
            ("wrong-types", {}, lambda a: a.json["Messages"]["0"]["Body"] == 42),
            ("wrong-content-type", {}, lambda a: a.headers["content-type"] == "text/html" and a.json["Messages"]),
            ("oversized", {}, lambda a: len(a.body) == 10 << 20)]:
        strike(kind, **members)
        a = one()
        tap.ok(check(a), f"fault {kind} {members}", f"{a.status} {a.headers} {a.body[:200]}")
    for kind in ("drop-before", "cut-body"):
        strike(kind)
        tap.ok(isinstance(trouble(), str), f"fault {kind} breaks the connection")
    strike("hang", ms=60000)
    tap.equal(trouble(), "TimeoutError", "fault hang never answers")
    strike("throttle", subject=EU_QUEUE)
    tap.equal(one().status, 200, "a fault of one queue leaves the others alone")
    cloud.set("/admin/fault/clear")
    strike("drop-after")
    before = counts(cloud)[2]
    tap.ok(isinstance(trouble(), str) and counts(cloud)[2] == before + 1, "a message can be received and its answer lost")
    cloud.set("/admin/queue", arn=QUEUE, action="purge")
    for kind, members in (("latency", {"ms": 300}), ("slow-answer", {"ms": 300}), ("wrong-types", {})):
        strike(kind, **members)
        w = Waiter(cloud, VisibilityTimeout=0)
        send(cloud, "late")
        w.join(25)
        tap.ok(len(w.messages) == 1 and w.took < 15, f"fault {kind} of one that waits strikes its answer", w.messages)
        cloud.set("/admin/queue", arn=QUEUE, action="purge")


def events(cloud):
    aws = Aws(cloud)

    def event(region=QUEUE):
        aws.region = region.split(":")[3]
        got = receive(aws, WaitTimeSeconds=5, VisibilityTimeout=0)
        cloud.set("/admin/queue", arn=region, action="purge")
        return json.loads(got[0]["Body"]) if got else None

    cloud.set("/admin/key", arn=ARN, action="disable", now=True)
    cloud.set("/admin/key", arn=ARN, action="enable", now=True)
    tap.equal(counts(cloud)[0], 0, "no events unless they are wanted")
    cloud.set("/admin/config", events_ms=300)
    began = time.monotonic()
    cloud.set("/admin/key", arn=ARN, action="disable", now=True)
    e = event()
    tap.ok(0.3 <= time.monotonic() - began < 5, "an event comes so much later")
    tap.equal((e["source"], e["detail-type"], e["region"], e["account"], e["resources"]),
              ("aws.kms", "AWS API Call via CloudTrail", "us-west-2", "111122223333", []), "in EventBridge's envelope")
    d = e["detail"]
    tap.ok(d["eventSource"] == "kms.amazonaws.com" and d["eventName"] == "DisableKey" and "errorCode" not in d and
           d["resources"] == [{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": ARN}] and not d["readOnly"] and
           d["requestParameters"] == {"keyId": ARN.split("/")[1]} and d["responseElements"] is None, "with CloudTrail's record", d)
    cloud.set("/admin/config", events_ms=0)
    policy = cloud.key(ARN)["policy"]
    ids = {e["id"]}
    for action, name in [("enable", "EnableKey"), ("schedule-deletion", "ScheduleKeyDeletion"), ("cancel-deletion", "CancelKeyDeletion"),
                         ("put-policy", "PutKeyPolicy"), ("vendor-out", "PutKeyPolicy"), ("policy-undo", "PutKeyPolicy"),
                         ("vendor-deny", "PutKeyPolicy")]:
        cloud.set("/admin/key", arn=ARN, action=action, now=True, **({"policy": policy} if action == "put-policy" else {}))
        e = event()
        ids.add(e["id"])
        tap.equal(e["detail"]["eventName"], name, f"{action} makes an event")
        if action == "schedule-deletion":
            answer = e["detail"]["responseElements"]
            date = time.strptime(answer["deletionDate"], "%b %d, %Y, %I:%M:%S %p")
            tap.ok(answer["keyState"] == "PendingDeletion" and date.tm_year >= 2024, "with the day of deletion", answer)
    tap.equal(e["detail"]["requestParameters"]["policy"], cloud.key(ARN)["policy"], "one of a policy has its text")
    tap.equal(len(ids), 8, "each has an id of its own")
    old = cloud.key(ARN)["material"]
    cloud.set("/admin/key", arn=ARN, action="rotate", now=True)
    e = event()
    tap.ok(e["detail-type"] == "KMS CMK Rotation" and e["resources"] == [ARN] and e["detail"]["previous-key-material-id"] == old and
           e["detail"]["current-key-material-id"] == cloud.key(ARN)["material"] and
           e["detail"]["key-id"] == ARN.split("/")[1], "rotate makes KMS's own event", e)
    aws.kms("PutKeyPolicy", KeyId=ARN, Policy=policy)
    e = event()
    tap.ok(e["detail"]["eventName"] == "PutKeyPolicy" and e["detail"]["userIdentity"]["arn"] == "arn:aws:iam::111122223333:user/cmekd" and
           e["detail"]["requestParameters"]["policyName"] == "default", "PutKeyPolicy by API makes one", e)
    aws.kms("PutKeyPolicy", KeyId=ARN, Policy="{")
    for action in ("delete", "restore"):
        cloud.set("/admin/key", arn=ARN, action=action, now=True)
    tap.equal((counts(cloud)[0], counts(cloud, EU_QUEUE)[0]), (0, 0), "a refused one, and fate, make none; nor another region's key")
    cloud.set("/admin/key", arn=EU, action="disable", now=True)
    tap.equal((event(EU_QUEUE)["region"], counts(cloud)[0]), ("eu-central-1", 0), "each region's events come to its queues")


def admin(cloud):
    other = QUEUE.replace("us-west-2", "ap-south-1")
    for body, want in [({"arn": other, "action": "send", "body": "x"}, 404), ({"action": "purge"}, 404), ({"arn": QUEUE}, 400),
                       ({"arn": QUEUE, "action": "create"}, 400), ({"arn": QUEUE, "action": "send"}, 400),
                       ({"arn": QUEUE, "action": "send", "body": 5}, 400), ({"arn": QUEUE, "action": "eat"}, 400),
                       ({"arn": QUEUE, "action": "purge", "colour": 1}, 400), ({"arn": ARN, "action": "create"}, 400),
                       ({"arn": QUEUE + ":x", "action": "create"}, 400), ({"arn": QUEUE.replace("1111", "1"), "action": "create"}, 400)]:
        status, out = cloud.admin("/admin/queue", body)
        tap.ok(status == want and out.get("error"), f"admin refuses {body}", f"{status} {out}")
    tap.equal(cloud.info["queues"], [QUEUE, EU_QUEUE], "cloud.json names the queues")

    def ctl(*words, text=None):
        return subprocess.run([sys.executable, os.path.join(HERE, "cloudctl"), cloud.dir.name, *words],
                              capture_output=True, text=True, input=text)

    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        f.write("from a file")
        f.flush()
        tap.equal(ctl("queue", "send", "us-west-2", f.name).returncode, 0, "cloudctl sends a file")
    ctl("queue", "send", QUEUE, "-", text="from the input")
    tap.equal([m["Body"] for m in receive(Aws(cloud), MaxNumberOfMessages=10)], ["from a file", "from the input"], "or its input")
    tap.ok(f"{QUEUE}  visible=0 in_flight=2 received=2 deleted=0" in ctl("queue", "list").stdout, "cloudctl lists queues")
    tap.equal((ctl("queue", "purge", "us-west-2").returncode, counts(cloud)[:2]), (0, (0, 0)), "and empties them")
    tap.equal(ctl("queue", "send", "cmekd-events", "-", text="x").returncode, 1, "but none if two are meant")
    tap.equal(ctl("queue", "create", other).returncode, 0, "cloudctl makes a queue")
    cloud.set("/admin/config", events_ms=0)
    cloud.set("/admin/key", arn=ARN, action="disable", now=True)
    tap.ok(until(lambda: [q["visible"] for q in cloud.state()["queues"]] == [1, 0, 0]), "an event is for its region only")


if __name__ == "__main__":
    run(queue, refusals, waiting, faults, events, admin)
    tap.done()
