# SPDX-License-Identifier: Apache-2.0
"""From one project to ten thousand, each with one key and five clusters: memory, start, the answer of cmekctl, processor time
and how late looks begin. API keys of TiDB Cloud and regions of KMS are as many as their rate limits ask for."""
import concurrent.futures
import datetime
import os
import socket
import statistics
import subprocess
import time

from harness import CMEKCTL, Bench, wait_for
from measure import Row, exponent, percentile
from rows_check import REGIONS
from world import World

CLUSTERS = 5
PROJECTS_A_KEY = 100
INTERVAL_S = 30
LISTED_S = 120
SHIPPED = {"PollInterval": f"{INTERVAL_S}s", "ConfirmInterval": "5s", "GracePeriod": "2min", "RestoreDelay": "5min",
           "BlindAlert": "15min", "ClustersInterval": "5min", "IncidentInterval": "20s", "RotationInterval": "1h"}
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
TICKS = os.sysconf("SC_CLK_TCK")


def world(projects):
    made = World(propagation_ms=0, rate_limit=10 ** 9)
    for i in range(projects):
        region = REGIONS[i % len(REGIONS)]
        made.project(f"p{i:05}", {f"c{i:05}-{k}": {"region": region, "id": f"{i + 1}{k:014}"} for k in range(CLUSTERS)}, keys=[made.key(region)])
    document = made.document()
    document["organization"]["api_keys"] = [
        {"public": f"Bench{k:03}", "private": f"made-up-private-key-{k:03}", "role": "org:owner"}
        for k in range((projects + PROJECTS_A_KEY - 1) // PROJECTS_A_KEY)]
    return document


def profiles(directory, cloud):
    """A credentials file with a profile for each region, whose endpoint is a host of its own, as the regions of AWS are: libcurl takes
    each name below localhost for this host. The keys are the same in all."""
    with open(cloud.info["aws_credentials_file"], encoding="utf-8") as f:
        keys = f.read().split("\n", 1)[1]
    port = cloud.info["endpoint"].rsplit(":", 1)[1]
    path = os.path.join(directory, "profiles")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
        for region in REGIONS:
            f.write(f"[{region}]\n{keys}\nendpoint_url = https://{region}.kms.localhost:{port}\n")
    return path


def api_key_files(directory, document):
    files = []
    for k in document["organization"]["api_keys"]:
        files.append(os.path.join(directory, k["public"]))
        with open(os.open(files[-1], os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
            f.write(f"{k['public']}:{k['private']}\n")
    return files


def memory(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        of = dict(line.split(":", 1) for line in f)
    return {name: int(of[name].split()[0]) for name in ("VmRSS", "RssAnon")}


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def start(daemon):
    """Seconds from the start of the process to READY=1."""
    path = os.path.join(daemon.dir, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(120)
        daemon.env["NOTIFY_SOCKET"] = path
        began = time.monotonic()
        daemon.start(wait=False)
        while b"READY=1" not in s.recv(4096):
            pass
        took = time.monotonic() - began
    os.unlink(path)
    return took


def all_seen(daemon, projects):
    """Each binding was looked at and armed, each list of clusters read."""
    def armed():
        with open(daemon.journal_file, encoding="utf-8") as f:
            return sum('"NOTICE":"armed"' in line for line in f)
    wait_for(lambda: os.path.exists(daemon.journal_file) and armed() >= projects, f"{projects} bindings are armed",
             60 + projects * 0.05, every=0.5)


def status(daemon, *options):
    return [CMEKCTL, "status", *options, "--socket", daemon.socket]


def calm(daemon):
    """No project has a problem any more: how long a summary takes depends on how many it has to show."""
    wait_for(lambda: b"no problems" in subprocess.run(status(daemon, "--problems"), stdout=subprocess.PIPE, check=True, timeout=60).stdout,
             "no project has a problem", 120, every=0.5)


def status_ms(daemon, runs, *options):
    """The whole process, as a person starts it: cmekctl status of all projects."""
    def one():
        began = time.monotonic()
        subprocess.run(status(daemon, *options), stdout=subprocess.DEVNULL, check=True, timeout=60)
        return (time.monotonic() - began) * 1000
    one()
    return statistics.median(one() for _ in range(runs))


def when(entry):
    """The second at which the stand-in saw a request come."""
    return datetime.datetime.fromisoformat(entry["time"].replace("Z", "+00:00")).timestamp()


def lateness(cloud, since):
    """How much later than INTERVAL_S each look of a key began, of the interval; as the stand-in saw the requests come."""
    last, late = {}, []
    for e in cloud.log(since, op="DescribeKey"):
        at = when(e)
        if e["subject"] in last:
            late.append((at - last[e["subject"]]) / INTERVAL_S - 1)
        last[e["subject"]] = at
    return late


def at_size(projects, watch_s):
    with Bench() as bench:
        return measured(bench, projects, watch_s)


def set_up(bench, document, **settings):
    """The stand-in with that world, and a daemon that is configured for all of it, not started."""
    cloud = bench.cloud(document)
    daemon = bench.daemon(cloud, projects={}, settings={**SHIPPED, **settings}, aws={"EndpointURL": None})
    files, credentials = api_key_files(daemon.dir, document), profiles(daemon.dir, cloud)
    for i, p in enumerate(cloud.info["projects"]):
        daemon.write_project(p["name"], ApiKeyFile=files[i // PROJECTS_A_KEY], CredentialsFile=credentials, Profile=REGIONS[i % len(REGIONS)])
    return cloud, daemon


def measured(bench, projects, watch_s):
    # What is kept for a project is all there when its clusters were listed twice.
    cloud, daemon = set_up(bench, world(projects), ClustersInterval=f"{LISTED_S}s")
    first_s = start(daemon)
    pid = daemon.process.pid
    listed_twice = time.monotonic() + 1.6 * LISTED_S
    all_seen(daemon, projects)
    calm(daemon)
    mark, began, used = cloud.mark(), time.monotonic(), cpu_s(pid)
    runs = 5 if projects > 1000 else 11
    got = {"projects": projects, "first_s": first_s, "status_ms": status_ms(daemon, runs), "status_all_ms": status_ms(daemon, runs, "--all")}
    time.sleep(max(0, watch_s - (time.monotonic() - began), listed_twice - time.monotonic()))
    got.update(memory(pid), cores=(cpu_s(pid) - used) / (time.monotonic() - began), late=lateness(cloud, mark))
    daemon.stop()
    got["start_s"] = start(daemon)  # with ledgers
    daemon.stop()
    cloud.process.terminate()
    cloud.process.wait()
    return got


def rows(quick):
    # Small ones wait most of the time, so side by side; what is large has the machine for itself.
    small = (1, 100, 1000)
    with concurrent.futures.ProcessPoolExecutor(max_workers=len(small)) as pool:
        got = list(pool.map(at_size, small, [2.2 * INTERVAL_S] * len(small)))
    if not quick:
        got.append(at_size(10000, 2.2 * INTERVAL_S))
    one, most = got[0], got[-1]

    def growth(member, title):
        points = [(g["projects"], g[member]) for g in got]
        return Row(f"growth.{member}", f"exponent of {title} in projects, the fixed part left out", "exponent",
                   exponent([(x, y - points[0][1]) for x, y in points[1:]]), target=1.1,
                   of={str(x): y for x, y in points})

    yield Row("memory.anonymous", "anonymous memory with one project", "MiB", one["RssAnon"] / 1024, target=3.5)
    yield Row("memory.resident", "resident memory with one project", "MiB", one["VmRSS"] / 1024, target=14)
    yield Row("memory.project", f"anonymous memory of each further project, of {most['projects']:,}", "KiB",
              (most["RssAnon"] - one["RssAnon"]) / (most["projects"] - 1), target=3,
              of={f"{g['projects']}": g["RssAnon"] / 1024 for g in got}, unit_of="MiB")
    yield growth("RssAnon", "anonymous memory")
    yield Row("start.one", "start to READY with one project", "ms", one["start_s"] * 1000, target=100)
    yield Row("start.most", f"start to READY with {most['projects']:,} projects and their ledgers", "ms", most["start_s"] * 1000,
              target=1000, of={f"{g['projects']}": g["start_s"] * 1000 for g in got}, unit_of="ms")
    yield growth("start_s", "the time from start to READY")
    yield Row("status.one", "cmekctl status with one project, whole process", "ms", one["status_ms"], target=5)
    yield Row("status.most", f"cmekctl status with {most['projects']:,} projects, none with a problem", "ms", most["status_ms"], target=100,
              of={f"{g['projects']}": g["status_ms"] for g in got}, unit_of="ms")
    yield Row("status.all", f"cmekctl status --all, which shows each of {most['projects']:,} projects", "ms", most["status_all_ms"],
              of={f"{g['projects']}": g["status_all_ms"] for g in got}, unit_of="ms")
    yield growth("status_all_ms", "the time of cmekctl status --all")
    yield Row("scale.cores", f"processors used by looks at {most['projects']:,} bindings every {INTERVAL_S} s", "processors",
              most["cores"], target=0.5, of={f"{g['projects']}": g["cores"] for g in got}, unit_of="processors")
    yield growth("cores", "processor time")
    yield Row("scale.late", "how late the latest look began, of its interval", "of interval", max(most["late"]), target=0.10,
              of={"p50": percentile(most["late"], 50), "p99": percentile(most["late"], 99)}, unit_of="of interval")
