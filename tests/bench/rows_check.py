# SPDX-License-Identifier: Apache-2.0
"""The price of a check: processor time and allocations of cmekd's client beside bare libcurl, which asks the same and reads
nothing, and beside what people would use instead, where the machine has it."""
import json
import os
import resource
import shutil
import subprocess

from harness import BUILD, Bench
from measure import PAIRS, Row, interleaved, pick
from world import ACCESS_KEY, OWN, VENDOR, World

REGIONS = ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-central-1", "ap-southeast-1")
# As many as keep the rate that cmekd keeps to in each of them out of the way.
CHECK_REGIONS = REGIONS + (
    "ca-central-1", "ca-west-1", "sa-east-1", "mx-central-1", "eu-west-3", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
    "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
    "ap-south-2", "ap-east-1", "me-south-1", "me-central-1", "il-central-1", "af-south-1", "ap-southeast-5", "ap-southeast-7")
CONNECTIONS = 4  # live connections, as floor.c and check.c keep them
AWS_CLI = "/usr/bin/aws"  # Debian's
SYSTEM_CA = "/etc/ssl/certs/ca-certificates.crt"

PEER = """
import boto3, json, resource, sys
url, ca, checks, arns = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
kms = [boto3.client("kms", region_name=a.split(":")[3], endpoint_url=url, verify=ca) for a in arns]
def check(i):
    kms[i % len(arns)].describe_key(KeyId=arns[i % len(arns)])
    kms[i % len(arns)].get_key_policy(KeyId=arns[i % len(arns)], PolicyName="default")
def cpu():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime
for i in range(2 * len(arns)):
    check(i)
start = cpu()
for i in range(checks):
    check(i)
print(json.dumps({"count": checks, "cpu_us": round((cpu() - start) * 1e6)}))
"""


def world():
    made = World(propagation_ms=0)
    made.project("prod", {"orders": "ACTIVE"}, keys=[made.key(region) for region in CHECK_REGIONS])
    return made


def system_python():
    """Debian's, with Debian's boto3; None if there is none."""
    python = "/usr/bin/python3"
    if not os.path.exists(python) or subprocess.run([python, "-c", "import boto3"], capture_output=True, check=False).returncode:
        return None
    return python


def with_cli(url, bundle, arn, env, processor):
    """One check, as a script asks: each call a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for operation in (("describe-key",), ("get-key-policy", "--policy-name", "default")):
        subprocess.run([AWS_CLI, "kms", *operation, "--key-id", arn, "--region", arn.split(":")[3], "--endpoint-url", url, "--ca-bundle", bundle],
                       env=env, preexec_fn=lambda: os.sched_setaffinity(0, {processor}), capture_output=True, check=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"cpu_us": (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e6}


def rows(quick):
    checks = 1000 if quick else 4000
    with Bench() as bench:
        made = world()
        cloud = bench.cloud(made)
        arns = cloud.info["keys"]
        bundle = os.path.join(bench.dir, "bundle.pem")
        with open(bundle, "wb") as out:
            for path in (SYSTEM_CA, cloud.ca):
                with open(path, "rb") as f:
                    shutil.copyfileobj(f, out)
        env = {**os.environ, "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": made.secret, "AWS_EC2_METADATA_DISABLED": "true"}
        url = cloud.info["kms"]
        # Each has a processor of its own: where the scheduler puts them is not what is measured.
        free = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(cloud.process.pid, {free[-1]})

        def program(*argv):
            done = subprocess.run(argv, env=env, preexec_fn=lambda: os.sched_setaffinity(0, {free[0]}), capture_output=True, text=True, check=False, timeout=300)
            if done.returncode != 0:
                raise RuntimeError(f"{argv[0]}: exit {done.returncode}: {done.stderr}")
            got = json.loads(done.stdout)
            return {"cpu_us": got["cpu_us"] / got["count"], "allocations": got.get("allocations", 0) / got["count"]}

        def floor():
            return program(f"{BUILD}/tests/bench/floor", url, bundle, str(CONNECTIONS), str(checks), *arns)

        def ours():
            return program(f"{BUILD}/tests/bench/check", url, bundle, cloud.info["aws_credentials_file"], str(CONNECTIONS),
                           str(checks), VENDOR, *arns)

        turns = 3 if quick else PAIRS
        # Nine pairs give 1.21 in one run and 1.28 in the next.
        got = interleaved({"floor": floor, "cmekd": ours}, turns * 3)
        runs = {"cmekd": ours}
        python = system_python()
        if python:
            runs["boto3"] = lambda: program(python, "-c", PEER, url, bundle, str(checks // 10), *arns)
        if os.path.exists(AWS_CLI):
            runs["aws"] = lambda: with_cli(url, bundle, arns[0], env, free[0])
        beside = interleaved(runs, turns)
        peers = {name: values for name, values in beside.values.items() if name != "cmekd"}
        assert OWN in arns[0]
        yield Row("check.cpu", "processor time of a check, beside bare libcurl", "ratio", got.ratio("cmekd", "floor", "cpu_us"),
                  target=1.25, of={name: pick(values, "cpu_us") for name, values in {**got.values, **peers}.items()}, unit_of="us")
        yield Row("check.allocations", "allocations of a check, libraries included", "allocations",
                  pick(got.values["cmekd"], "allocations")["median"],
                  of={name: pick(got.values[name], "allocations") for name in ("floor", "cmekd")}, unit_of="allocations")
        if python:
            yield Row("check.boto3", "processor time of the same with boto3, beside cmekd", "ratio",
                      beside.ratio("boto3", "cmekd", "cpu_us"))
        if "aws" in runs:
            yield Row("check.aws", "processor time of the same with the AWS CLI, beside cmekd", "ratio", beside.ratio("aws", "cmekd", "cpu_us"))
