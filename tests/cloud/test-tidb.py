# SPDX-License-Identifier: Apache-2.0
"""test-tidb: both TiDB Cloud APIs of the stand-in: Digest, rate limit, paging, the lives of clusters."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sample import ARN, BASE1, BASE2, D, P, run
import tap
from clients import TiDB, until


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


def creation(cloud):
    c = TiDB(cloud)
    before = len(cloud.log("effect=true"))
    for offer, status in (("400", 400), ("403", 403)):
        cloud.set("/admin/config", cmek_offer=offer)
        a = c.call("POST", BASE1 + "/projects", {"name": "wanted", "aws_cmek_enabled": True})
        tap.equal((a.status, "upon request" in a.json["message"]), (status, True), f"no CMEK for this organisation: {status}")
    tap.equal(c.call("POST", BASE1 + "/projects", {"name": "plain"}).status, 200, "a project without it can be made")
    cloud.set("/admin/config", cmek_offer="on")
    spec = {"displayName": "made", "regionId": "aws-us-west-2", "port": 4000, "labels": {"tidb.cloud/project": P},
            "tidbNodeSetting": {"tidbNodeGroups": [{"nodeCount": 2}]}, "tikvNodeSetting": {"nodeCount": 3}, "rootPassword": "shining-password"}
    for bad in ({"regionId": "aws-ap-south-1"}, {"regionId": "gcp-us-west1"}, {"displayName": "x"}, {"port": None}, {"rootPassword": "short"},
                {"labels": {"tidb.cloud/project": "77"}}):
        tap.equal(c.call("POST", BASE2 + "/clusters", {**spec, **bad}).status, 400, f"no cluster with {bad}")
    a = c.call("POST", BASE2 + "/clusters", spec)
    tap.equal((a.json["state"], a.json["labels"]["tidb.cloud/project"], "rootPassword" in a.json), ("CREATING", P, False),
              "a cluster is made")
    tap.equal(c.call("POST", BASE2 + "/clusters", spec).status, 400, "once a name")
    made = f"{BASE2}/clusters/{a.json['clusterId']}"
    tap.ok(until(lambda: c.get(made).json["state"] == "ACTIVE"), "it comes up, with the key")
    tap.equal([e["op"] for e in cloud.log("effect=true")[before:]], ["CreateProject", "CreateCluster"], "only those had an effect")
    cloud.set("/admin/cluster", id=a.json["clusterId"], action="delete")


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
    cloud.set("/admin/cluster", id="1", blockers={"backup": True, "changefeed": True})
    lists = {"imports": (BASE2 + "/clusters/{}/imports?pageSize=100", "state"),
             "changefeeds": (BASE2 + "/changefeeds?pageSize=1&clusterId={}", "state"),
             "items": (BASE1 + "/projects/" + P + "/clusters/{}/backups?page=1&page_size=100", "status")}
    tap.equal({name: [x[word] for x in c.get(path.format("1")).json[name]] for name, (path, word) in lists.items()},
              {"imports": ["COMPLETED"], "changefeeds": ["DELETED"], "items": ["SUCCESS"] * 3 + ["RUNNING"]},
              "what runs stands in its list")
    url = lists["changefeeds"][0].format("1")
    second = c.get(url + "&pageToken=" + c.get(url).json["nextPageToken"]).json
    tap.equal(([x["state"] for x in second["changefeeds"]], "nextPageToken" in second), (["RUNNING"], False), "page by page")
    tap.equal(c.get(lists["imports"][0].format("77")).status, 404, "of no cluster there is no list")
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


if __name__ == "__main__":
    run(digest, rate, v1beta, creation, dedicated, lives)
    tap.done()
