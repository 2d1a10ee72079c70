# SPDX-License-Identifier: Apache-2.0
"""setup: from nothing to a revoke and back, by the commands of doc/walkthrough.md, taken out of the page; and what goes wrong on the
way: nothing is made twice, nothing is changed that was not shown."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Bench, case, check, tap, together, wait_for
from world import OWN, VENDOR, World, key_arn

PAGE = os.path.join(os.environ["CMEKD_SRC"], "doc", "walkthrough.md")
ROOT = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}, "Action": "kms:*", "Resource": "*"}
PASSWORD = "walks-through-4711"
ASKS = ("project create", "policy apply", "cmek configure", "cluster create", "revoke", "restore")


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [ROOT, *statements]})


def empty(bench, keys=1, **config):
    """A cloud with a key that nobody uses, and a daemon without a project."""
    world = World(**config)
    for _ in range(keys):
        world.key(policy=policy())
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, projects={}, settings={"Reaction": "approve", "RestoreDelay": "1s"}).start()
    return cloud, daemon


def projects(cloud, name):
    return [p for p in cloud.state()["projects"] if p["name"] == name]


def says(answer, text):
    """Lines of prose are broken where the terminal ends."""
    return text in re.sub(r"\s+", " ", answer.out + answer.err)


def blocks(text, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.M | re.S)


class Walk:
    """Runs the page's commands, in order."""

    def __init__(self, bench):
        with open(PAGE, encoding="utf-8") as f:
            self.page = f.read()
        self.cloud, self.daemon = empty(bench)
        self.dir = self.daemon.dir
        files = {"ROLE-TRUST-POLICY.JSON": json.dumps({"Version": "2012-10-17", "Statement": [
                     {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{VENDOR}:root"}, "Action": "sts:AssumeRole"}, ROOT]}),
                 "shop-1.json": blocks(self.page, "json")[0], "root-password": PASSWORD + "\n"}
        self.files = {}
        for name, text in files.items():
            self.files[name] = os.path.join(self.dir, name)
            with open(os.open(self.files[name], os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
                f.write(text)
        self.said = ""

    def command(self, line):
        if line == "systemctl reload cmekd":
            found = dict(re.findall(r"(Id|VendorAccount)=(\d+)", self.said))
            text = blocks(self.page, "ini")[0].replace("Id=ID", f"Id={found['Id']}").replace(
                "=ACCOUNT", f"={found['VendorAccount']}")
            self.daemon.write(self.daemon.project_file("shop"), text)
            self.daemon.reload()
            wait_for(lambda: self.daemon.status("shop").get("clustersAgeMs") is not None, "the project is read")
            return
        program, *words = line.split()
        check(program == "cmekctl", line)
        words = [self.files.get(w, w) for w in words]
        if line.startswith("cmekctl verify") or line.startswith("cmekctl incidents"):
            words[-1] = self.daemon.ledger_file("shop")
        if " ".join(words).startswith(ASKS):
            words.append("--yes")
        if words == ["setup", "shop"]:
            wait_for(lambda: self.daemon.ctl("setup", "shop").status == 0, "all is done")
        answer = self.daemon.ctl(*words, timeout=90)
        expected = 3 if words == ["setup"] else 0
        check(answer.status == expected, (line, answer))
        check(all(len(l) <= 200 for l in answer.out.split("\n")), answer.out)
        self.said += answer.out


def walk(bench):
    w = Walk(bench)
    lines = [l[2:] for block in blocks(w.page, "console") for l in block.splitlines()]
    check(all(re.match(r"cmekctl |systemctl reload cmekd", l) for l in lines) and len(lines) > 10, lines)
    for line in lines:
        with case(line):
            w.command(line)
    with case("what was made is there once, and the password nowhere else"):
        cloud, daemon = w.cloud, w.daemon
        shop = projects(cloud, "shop")
        check(len(shop) == 1 and shop[0]["cmek_enabled"] and
              [c["region"] for c in shop[0]["cmek"]] == ["us-west-2"], shop)
        cluster = next(c for c in cloud.state()["clusters"] if c["name"] == "shop-1")
        check(cluster["has_password"] and cluster["state"] == "ACTIVE" and cluster["pauses"] == 1, cluster)
        for op in ("CreateProject", "CreateCmek", "CreateCluster"):
            check(len(cloud.acts(op)) == 1, cloud.acts(op))
        records = [(r["errand"], r.get("result")) for r in daemon.ledger("shop") if r["type"].startswith("errand_")]
        check(records == [(e, r) for e in ("apply_policy", "configure_cmek", "create_cluster") for r in (None, "accepted")], records)
        for path in (daemon.journal_file, daemon.stderr_file, daemon.ledger_file("shop")):
            with open(path, encoding="utf-8") as f:
                check(PASSWORD not in f.read(), path)
        for notice in ("project_asked", "project_created"):
            daemon.told(notice)
        kept = json.loads(cloud.key_state()["policy"])["Statement"]
        check(kept[0] == ROOT and len(kept) == 3, kept)
    w.daemon.stop()


def project(bench):
    cloud, daemon = empty(bench)
    with case("a project is not created twice, whatever becomes of the answer"):
        cloud.fault("v1beta", "drop-after", op="CreateProject", count=1)
        answer = daemon.ctl("project", "create", "lost", "--yes")
        check(answer.status == 0 and says(answer, "No answer came"), answer)
        answer = daemon.ctl("project", "create", "lost", "--yes")
        check(answer.status == 1 and says(answer, "already, with id"), answer)
        check(len(projects(cloud, "lost")) == 1, projects(cloud, "lost"))
        cloud.fault("v1beta", "drop-before", op="CreateProject", count=1)
        answer = daemon.ctl("project", "create", "gone", "--yes")
        check(answer.status == 1 and says(answer, "no project gone is in the list yet"), answer)
        check(projects(cloud, "gone") == [], projects(cloud, "gone"))
    with case("an organisation without the feature is told whom to ask"):
        for offer in ("400", "403"):
            cloud.config(cmek_offer=offer)
            answer = daemon.ctl("project", "create", "wish", "--yes")
            check(answer.status == 1 and says(answer, "TiDB Cloud's support") and says(answer, "Organization Owner"), answer)
        daemon.told("project_not_created")
        cloud.config(cmek_offer="on")
    with case("a name that is none is told so"):
        answer = daemon.ctl("project", "create", " blank", "--yes")
        check(answer.status == 1 and says(answer, "project create refused: a project's name is 1 to 64 bytes"), answer)
    with case("without a list nothing is created; without a yes neither"):
        cloud.fault("v1beta", "status", op="ListProjects", status=500)
        answer = daemon.ctl("project", "create", "blind", "--yes")
        check(answer.status == 1 and says(answer, "could not be listed"), answer)
        cloud.clear_faults()
        answer = daemon.ctl("project", "create", "blind")
        check(answer.status == 2 and says(answer, "--yes"), answer)
        check(projects(cloud, "blind") == [], projects(cloud, "blind"))
    daemon.stop()


def key(bench):
    world = World()
    other = {"Sid": "Allow TiDB cloud role to use KMS to store encrypted backup to S3", "Effect": "Allow",
             "Principal": {"AWS": "arn:aws:iam::555566667777:root"}, "Action": "kms:Decrypt", "Resource": "*"}
    first = world.key(policy=policy(other))
    disabled = world.key(policy=policy(), state="Disabled")
    abroad = world.key(region="eu-central-1")
    world.project("prod", {}, keys=[])
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud, settings={"Reaction": "approve"}).start()
    wait_for(lambda: daemon.status().get("clustersAgeMs") is not None, "read")
    with case("a key that will not do is not configured: each reason with its remedy"):
        for arn, reason in ((first, "policy for ebs"), (disabled, "Disabled"), (key_arn(99), "could not be read")):
            answer = daemon.ctl("cmek", "configure", "prod", "--key", arn, "--yes")
            check(answer.status == 3 and says(answer, reason) and "->" in answer.out, answer)
            check(arn in answer.out.split("->")[1] or "credentials prod" in " ".join(answer.out.split()), answer)
            check("PROJECT" not in answer.out and " KEY" not in answer.out, answer)
        check(cloud.acts("CreateCmek") == [], cloud.acts("CreateCmek"))
    with case("the daemon refuses it too, whoever asks"):
        try:
            answer = daemon.call("io.cmekd.ConfigureCmek", {"project": "prod", "keyArn": disabled})
        except Exception as e:  # noqa: BLE001: the error of Varlink is what is wanted
            answer = str(e)
        check("will not do" in str(answer), answer)
        check(cloud.acts("CreateCmek") == [], cloud.acts("CreateCmek"))
    with case("what others have in the policy is shown, and not taken without a word"):
        answer = daemon.ctl("policy", "apply", "prod", "--key", first, "--yes")
        check(answer.status == 1 and says(answer, "555566667777") and says(answer, "--accept-loss"), answer)
        check(cloud.acts("PutKeyPolicy") == [], cloud.acts("PutKeyPolicy"))
        answer = daemon.ctl("policy", "apply", "prod", "--key", first, "--accept-loss", "--yes")
        check(answer.status == 0, answer)
        answer = daemon.ctl("policy", "apply", "prod", "--key", first, "--yes")
        check(answer.status == 0 and says(answer, "already") and len(cloud.acts("PutKeyPolicy")) == 1, answer)
    with case("a lost answer is decided by reading; a region has one key, for good"):
        cloud.fault("v1beta", "drop-after", op="CreateCmek", count=1)
        answer = daemon.ctl("cmek", "configure", "prod", "--key", first, "--yes")
        check(answer.status == 0 and says(answer, "names the key now"), answer)
        answer = daemon.ctl("cmek", "configure", "prod", "--key", disabled, "--yes")
        check(answer.status == 1 and says(answer, "has the key"), answer)
        check(len(cloud.acts("CreateCmek")) == 1, cloud.acts("CreateCmek"))
    with case("a second region is said in words, and asked"):
        answer = daemon.ctl("cmek", "configure", "prod", "--key", abroad, "--dry-run")
        check(answer.status == 0 and says(answer, "takes one region only"), answer)
        answer = daemon.ctl("cmek", "configure", "prod", "--key", abroad, "--yes")
        check(answer.status == 0 and len(cloud.acts("CreateCmek")) == 2, answer)
    with case("no cluster without a key, of another provider, or twice"):
        spec = {"displayName": "one-1", "regionId": "aws-us-west-2", "port": 4000, "tidbNodeSetting": {}, "tikvNodeSetting": {}}
        path = os.path.join(daemon.dir, "spec.json")
        for change, reason in (({"regionId": "gcp-us-west1"}, "clusters on AWS only"), ({"regionId": "aws-ap-south-1"}, "has no key"),
                               ({"rootPassword": "in-the-spec-file"}, "--password-file")):
            daemon.write(path, json.dumps({**spec, **change}))
            answer = daemon.ctl("cluster", "create", "prod", "--spec", path, "--yes")
            check(answer.status == 1 and says(answer, reason), (change, answer))
        check(cloud.acts("CreateCluster") == [], cloud.acts("CreateCluster"))
        daemon.write(path, json.dumps(spec))
        cloud.fault("dedicated", "drop-after", op="CreateCluster", count=1)
        answer = daemon.ctl("cluster", "create", "prod", "--spec", path, "--yes")
        check(answer.status == 0 and says(answer, "is there now"), answer)
        answer = daemon.ctl("cluster", "create", "prod", "--spec", path, "--yes")
        check(answer.status == 1 and says(answer, "already") and len(cloud.acts("CreateCluster")) == 1, answer)
    with case("while an incident is open nobody is let in, and nothing is made there"):
        wait_for(lambda: (daemon.binding(region="us-west-2") or {}).get("armed"), "armed")
        wait_for(lambda: daemon.binding(region="us-west-2")["clusters"], "the cluster is seen")
        check(daemon.ctl("revoke", "prod/us-west-2", "--yes", "--wait").status == 0, "dark")
        answer = daemon.ctl("policy", "apply", "prod/us-west-2", "--accept-loss", "--yes")
        check(answer.status == 1 and says(answer, "left as it is"), answer)
        daemon.write(path, json.dumps({**spec, "displayName": "two-2"}))
        answer = daemon.ctl("cluster", "create", "prod", "--spec", path, "--yes")
        check(answer.status == 1 and says(answer, "incident is open"), answer)
        check(len(cloud.acts("CreateCluster")) == 1, cloud.acts("CreateCluster"))
    with case("setup --json tells each step"):
        steps = daemon.ctl("setup", "prod", "--key", first, "--json").json()["steps"]
        check([s["step"] for s in steps] == ["project", "vendor", "policy", "cmek", "cluster", "watched"] and
              [s["state"] for s in steps[:2]] == ["done", "done"], steps)
    daemon.stop()


with Bench() as bench:
    together(lambda: walk(bench), lambda: project(bench), lambda: key(bench))
tap.done()
