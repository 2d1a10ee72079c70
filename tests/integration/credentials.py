# SPDX-License-Identifier: Apache-2.0
"""credentials: each source of AWS credentials that has to be asked: roles, programs, web identity, instance metadata,
containers. They end every few seconds here; no look may fail for that, nobody may be paused, and no secret is told."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import TIME_FACTOR, Bench, case, check, tap, together, wait_for
from world import World

SESSION_S = int(4 * TIME_FACTOR)
ANSWERED = {"allowed", "not_looked"}  # a reload cancels the look that is under way
ROLE = "arn:aws:iam::111122223333:role/watch"
SECRETS = ["web-token", "second-token", "container-token", "an external id"]


def write(path, text, mode=0o600):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def profile_of(cloud, name):
    """The stand-in's static keys as a profile."""
    with open(cloud.info["aws_credentials_file"], encoding="utf-8") as f:
        return f.read().replace("[default]", f"[{name}]")


class Journey:
    """A daemon with one source, from its first look on."""

    def __init__(self, bench, cloud, env=None, world=None, network=None, **aws):
        self.cloud = cloud
        cloud.clear_faults()
        cloud.config(**{"session_ms": SESSION_S * 1000, "external_id": "", "web_token": "web-token", "metadata": "on",
                        "container_auth": "", **(world or {})})
        self.daemon = bench.daemon(cloud, projects={"prod": {}}, network=network, aws={"CredentialsFile": None, **aws})
        self.daemon.env.update(env or {})
        self.mark = cloud.mark()
        self.daemon.start()

    def good(self, *words):
        self.daemon.wait_headline("usable", seconds=90)
        return self.explains(*words)

    def bad(self, *words, outcome="credentials", seconds=30):
        """No credentials, and why."""
        wait_for(lambda: self.daemon.window()[:1] == [outcome], f"a look that ends with {outcome}", seconds=seconds)
        return self.explains(*words)

    def explains(self, *words):
        got = " ".join(self.daemon.ctl("explain", "prod").out.split())
        check(all(w in got for w in words), got)
        return self

    def who(self):
        """Access keys of answered KMS requests, in order, each once."""
        keys = []
        for entry in self.cloud.log(self.mark, service="kms"):
            if entry["auth"] == "ok" and entry["key"] not in keys:
                keys.append(entry["key"])
        return keys

    def refused(self):
        return [e for e in self.cloud.log(self.mark, service="kms") if e["auth"] != "ok"]

    def outlive(self, sessions):
        """Goes on until so many sets of keys were used; then each look must have been answered."""
        wait_for(lambda: len(self.who()) >= sessions, f"{sessions} sets of keys", seconds=SESSION_S * (sessions + 2) + 30)
        check(not self.refused(), self.refused()[:3])
        check(set(self.daemon.window()) == {"allowed"}, self.daemon.window())
        check(self.daemon.headline() == "usable", self.daemon.headline())
        return self

    def end(self):
        check(not self.cloud.pauses(self.mark), "a cluster was paused")
        told = self.daemon.stderr() + self.daemon.ctl("explain", "prod").out
        secrets = SECRETS + [k["secret"] for k in self.cloud.info["access_keys"]]
        check(not any(s in told for s in secrets), [s for s in secrets if s in told])
        self.daemon.stop()


def roles(bench, cloud):
    file = bench.path("roles")
    text = profile_of(cloud, "base") + f"""
[watch]
role_arn = {ROLE}
source_profile = base
external_id = an external id
role_session_name = cmekd-test
[plain]
role_arn = arn:aws:iam::111122223333:role/plain
source_profile = base
[second]
role_arn = arn:aws:iam::111122223333:role/second
source_profile = plain
[circle]
role_arn = {ROLE}
source_profile = circle2
[circle2]
role_arn = {ROLE}
source_profile = circle
"""
    write(file, text)
    with case("role_arn with source_profile: another external id is refused, and said; then the role's keys are used"):
        j = Journey(bench, cloud, CredentialsFile=file, Profile="watch").bad("was not taken on", "AccessDenied", ROLE)
        cloud.config(external_id="an external id")
        j.good(ROLE, "good until", "assumed-role/watch/cmekd-test")
        check(all(k.startswith("ASID") for k in j.who()), j.who())
        cloud.config(session_ms=3600 * 1000)
        size = len(j.who())
        wait_for(lambda: len(j.who()) > size, "keys for an hour", seconds=SESSION_S + 30)
    with case("cmekctl credentials: whose they are, how long they last, where they come from; never a secret"):
        got = j.daemon.ctl("credentials", "prod")
        words = " ".join(got.out.split())
        check(got.status == 0 and j.who()[-1] in words and "assumed-role/watch/cmekd-test" in words, got)
        check("59 min" in words and "profile base" in words and "read again on reload" in words, got)
        check(cloud.info["api_keys"][0]["public"] in words, got)
        check(not any(x in words for x in SECRETS + [cloud.info["api_keys"][0]["private"]]), got)
        aws, tidb = j.daemon.ctl("credentials", "prod", "--json").json()["credentials"]
        check(aws["service"] == "aws" and aws["keyId"] == j.who()[-1] and "trouble" not in aws, aws)
        check(tidb["service"] == "tidb_cloud" and "expires" not in tidb, tidb)
        cloud.fault("sts", "status", op="AssumeRole", status=503)
        j.daemon.reload()
        wait_for(lambda: j.daemon.ctl("credentials", "prod").status == 3, "trouble")
        check("Trouble" in j.daemon.ctl("credentials", "prod").out, j.daemon.ctl("credentials", "prod"))
        cloud.clear_faults()
        check(j.daemon.ctl("credentials", "nowhere").status == 1, "no such project")
        j.end()
    with case("keys that end every few seconds: fetched ahead of it, one at a time, and no look fails"):
        j = Journey(bench, cloud, world={"external_id": "an external id"}, CredentialsFile=file, Profile="watch").good()
        j.outlive(4)
        taken = cloud.log(j.mark, service="sts", op="AssumeRole", status="200")
        check(len(taken) <= len(j.who()) + 1, (len(taken), j.who()))
        j.end()
    with case("a role that is taken on with another role's keys, without a session's name: one that names the host"):
        j = Journey(bench, cloud, CredentialsFile=file, Profile="second").good("role/second", "assumed-role/second/cmekd-")
        check([e["status"] for e in cloud.log(j.mark, service="sts", op="AssumeRole")][:2] == [200, 200], "two roles")
        j.end()
    with case("profiles that follow one another round in a circle: said, and nobody is asked"):
        j = Journey(bench, cloud, CredentialsFile=file, Profile="circle")
        j.bad("circle")
        check(not cloud.log(j.mark, service="sts"), cloud.log(j.mark, service="sts"))
        j.end()


def outages(bench, cloud):
    file = write(bench.path("outage"), profile_of(cloud, "base") + f"[watch]\nrole_arn = {ROLE}\nsource_profile = base\n")
    hour = {"session_ms": 3600 * 1000}
    with case("STS out of order while the keys are good: they stay in use; told once, and told when it is over"):
        j = Journey(bench, cloud, world=hour, CredentialsFile=file, Profile="watch").good()
        cloud.fault("sts", "status", op="AssumeRole", status=503)
        j.daemon.reload()
        wait_for(lambda: "could not be fetched" in j.daemon.stderr(), "a warning")
        j.daemon.looks(5)
        check(set(j.daemon.window()) <= ANSWERED and not j.refused(), j.daemon.window())
        check(j.daemon.stderr().count("could not be fetched") == 1, j.daemon.stderr())
        cloud.clear_faults()
        wait_for(lambda: "fresh again" in j.daemon.stderr(), "told that it is over", seconds=90)
    with case("a reload without the profile: the keys stay, and the file is named"):
        write(file, "[other]\n")
        j.daemon.reload()
        wait_for(lambda: "stay as they were" in j.daemon.stderr(), "a warning")
        check(file in j.daemon.stderr() and "[watch]" in j.daemon.stderr(), j.daemon.stderr())
        j.daemon.looks(2)
        check(set(j.daemon.window()) <= ANSWERED, j.daemon.window())
        write(file, profile_of(cloud, "base") + f"[watch]\nrole_arn = {ROLE}\nsource_profile = base\n")
    with case("keys that AWS takes back before their end: others are fetched within the look, which does not fail"):
        # Not sooner than a minute after the last fetch.
        fetched = cloud.log(j.mark, service="sts", op="AssumeRole", status="200")[-1]["time"]
        mark = cloud.mark()
        time.sleep(61)
        check(not cloud.log(mark, service="sts", op="AssumeRole"), fetched)
        cloud.call("/admin/access-key", {"access_key": j.who()[-1], "expired": True})
        wait_for(lambda: j.refused(), "a refusal")
        j.daemon.looks(5)
        check(set(j.daemon.window()) <= ANSWERED, j.daemon.window())
        refused = j.refused()
        check({e["auth"] for e in refused} == {"expired"}, refused)
        check([e["op"] for e in refused].count("DescribeKey") <= 1, refused)
        j.end()


def taken_back(bench, cloud):
    file = write(bench.path("taken"), profile_of(cloud, "base") + f"[watch]\nrole_arn = {ROLE}\nsource_profile = base\n")
    with case("keys that are taken back in the middle of a look, before the policy is read: that look does not fail either"):
        j = Journey(bench, cloud, world={"session_ms": 3600 * 1000}, CredentialsFile=file, Profile="watch").good()
        time.sleep(61)  # not sooner after a fetch
        mark = cloud.mark()
        cloud.fault("kms", "expired-token", op="GetKeyPolicy", count=1)
        wait_for(lambda: cloud.log(mark, service="sts", op="AssumeRole"), "fetched anew")
        j.daemon.looks(5)
        check(set(j.daemon.window()) <= ANSWERED, j.daemon.window())
        check(len(cloud.log(mark, service="sts", op="AssumeRole")) == 1, cloud.log(mark, service="sts"))
        j.end()


def programs(bench, cloud):
    key = cloud.info["access_keys"][0]
    answer = bench.path("answer.json")
    program = write(bench.path("a helper"), f"""#!/bin/sh
echo called >> {bench.path("calls")}
case "$1" in
good) cat {answer} ;;
slow) cat {answer}; sleep 600 ;;
wordy) head -c 70000 /dev/zero | tr '\\0' x ;;
*) echo "hush-hush" >&2; exit 3 ;;
esac
""", 0o700)
    config = bench.path("config")

    def use(word):
        write(config, f"[profile tool]\ncredential_process = '{program}' {word}\n", 0o644)

    def answer_for(seconds):
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
        write(answer, json.dumps({"Version": 1, "AccessKeyId": key["access_key"], "SecretAccessKey": key["secret"],
                                  **({"SessionToken": key["session_token"]} if key["session_token"] else {}),
                                  "Expiration": until}))
    answer_for(SESSION_S)
    use("good")
    with case("credential_process in AWS_CONFIG_FILE: run without a shell, and again before its answer's end"):
        j = Journey(bench, cloud, env={"AWS_CONFIG_FILE": config}, Profile="tool").good(program.split()[0], "good until")
        answer_for(3600)
        wait_for(lambda: open(bench.path("calls"), encoding="utf-8").read().count("called") >= 2, "a second call",
                 seconds=SESSION_S + 30)
        check(not j.refused() and set(j.daemon.window()) == {"allowed"}, j.daemon.window())
        j.end()
    for word, said in (("bad", "ended with status 3"), ("wordy", "more than 65536 bytes")):
        with case(f"a program that fails ({word}): said, blind, and good again when it is mended"):
            use(word)
            j = Journey(bench, cloud, env={"AWS_CONFIG_FILE": config}, Profile="tool").bad(said)
            use("good")
            j.daemon.reload()
            j.good().end()
    with case("a program that does not end: given up after RequestTimeout=, with all that it started"):
        use("slow")
        j = Journey(bench, cloud, env={"AWS_CONFIG_FILE": config}, network={"RequestTimeout": "2s"}, Profile="tool")
        j.bad("did not end in time")
        j.end()
        left = [p for p in os.listdir("/proc") if p.isdigit() and program in cmdline(p)]
        check(not left, left)
    with case("a program that is not there"):
        write(config, "[profile tool]\ncredential_process = /nowhere/helper\n", 0o644)
        Journey(bench, cloud, env={"AWS_CONFIG_FILE": config}, Profile="tool").bad("/nowhere/helper", "cannot be started").end()


def cmdline(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as f:
            return f.read().replace("\0", " ")
    except OSError:
        return ""


def tokens(bench, cloud):
    file = write(bench.path("token"), "web-token\n", 0o644)
    env = {"AWS_WEB_IDENTITY_TOKEN_FILE": file, "AWS_ROLE_ARN": ROLE, "AWS_ROLE_SESSION_NAME": "pod"}
    with case("web identity of the environment: an unsigned request, and the file is read again for each"):
        j = Journey(bench, cloud, env=env).good(ROLE, file, "assumed-role/watch/pod")
        write(file, "second-token", 0o644)
        cloud.config(web_token="second-token")
        j.outlive(3)
    with case("a token that is no longer taken: blind when the keys have ended, and good again by itself"):
        cloud.config(web_token="third-token")
        j.bad("InvalidIdentityToken", seconds=SESSION_S + 30)
        cloud.config(web_token="second-token")
        j.good()
        j.end()


def machines(bench, cloud):
    here = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": cloud.info["admin"],
            "http_proxy": "http://127.0.0.1:9"}
    with case("instance metadata: a token first, then the role's keys; no proxy; again before their end"):
        j = Journey(bench, cloud, env=here).good("role of this machine")
        j.outlive(3)
        asked = cloud.log(j.mark, service="metadata")
        check([e["op"] for e in asked[:3]] == ["PutToken", "Get", "Get"], asked[:3])
        check(all(e["status"] == 200 for e in asked), asked)
        j.end()
    with case("a service of version 1 only: never asked for keys"):
        j = Journey(bench, cloud, env=here, world={"metadata": "v1"}).bad("gives no token for version 2")
        check({e["op"] for e in cloud.log(j.mark, service="metadata")} == {"PutToken"}, cloud.log(j.mark, service="metadata"))
        j.end()
    with case("nothing is set and nobody answers: the words say that instance metadata was asked, and what to set"):
        j = Journey(bench, cloud, env={**here, "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9"})
        j.bad("instance metadata", "CredentialsFile=", outcome="network").end()
    with case("AWS_EC2_METADATA_DISABLED: not asked"):
        j = Journey(bench, cloud).bad("AWS_EC2_METADATA_DISABLED")
        check(not cloud.log(j.mark, service="metadata"), cloud.log(j.mark, service="metadata"))
        j.end()
    with case("a container's credentials, with the token of a file"):
        token = write(bench.path("container"), "container-token", 0o644)
        j = Journey(bench, cloud, env={"AWS_CONTAINER_CREDENTIALS_FULL_URI": cloud.info["admin"] + "/container/keys",
                                       "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token},
                    world={"container_auth": "container-token"}).good()
        cloud.config(container_auth="another")
        j.bad("status 403", seconds=SESSION_S + 30)
        cloud.config(container_auth="container-token")
        j.good("the container's credentials")
        j.end()


world = World()
world.project("prod", {"a": "ACTIVE"})
with Bench() as bench:
    together(*[lambda part=part, cloud=bench.cloud(world): part(bench, cloud)
               for part in (outages, roles, programs, tokens, machines, taken_back)])
tap.done()
