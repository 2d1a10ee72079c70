# SPDX-License-Identifier: Apache-2.0
"""harness: a real cmekd against the stand-in cloud, in a directory that goes when the test goes.

    with Bench() as bench:
        cloud = bench.cloud(one_project())
        daemon = bench.daemon(cloud)
        daemon.start()
        wait_for(lambda: daemon.headline("prod") == "usable", "usable")

Times are waited for, never slept through: a deadline only ends what would never end. TIME_FACTOR stretches deadlines
and what a noisy machine could upset; it is 3 under a sanitizer, CMEKD_TIME_FACTOR overrides it.
"""
import atexit
import contextlib
import ctypes
import glob
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request

SRC = os.environ["CMEKD_SRC"]
BUILD = os.environ["CMEKD_BUILD"]
sys.path.insert(0, SRC + "/tests")

import tap  # noqa: E402
import varlink  # noqa: E402


def _sanitized(program):
    with open(program, "rb") as f:
        return b"__asan_init" in f.read()


CMEKD = os.path.join(BUILD, "cmekd")
CMEKCTL = os.path.join(BUILD, "cmekctl")
CLOUD = os.path.join(BUILD, "cmekd-cloud")
SANITIZED = _sanitized(CMEKD)
TIME_FACTOR = float(os.environ.get("CMEKD_TIME_FACTOR", 3 if SANITIZED else 1))
# Intervals need less: a daemon that is asked to do everything faster than it can is late, not wrong.
INTERVAL_FACTOR = max(1.0, TIME_FACTOR / 1.5)

# What a project is given unless a test says otherwise: every wait is short. IncidentInterval stays well above the
# stand-in's propagation_ms, as it must: a change whose answer was lost is looked for when it has passed.
SHORT = {"PollInterval": "200ms", "ConfirmInterval": "80ms", "GracePeriod": "500ms", "RestoreDelay": "500ms",
         "BlindAlert": "3s", "ClustersInterval": "1s", "IncidentInterval": "250ms", "RotationInterval": "5s"}

# No answer is late because the machine is busy: a test that wants late ones sets its own.
REQUEST_TIMEOUT_MS = int(10000 * TIME_FACTOR)

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def stretched(value):
    """A time span of a project's settings, "200ms" or "3s", for a daemon as slow as this one; anything else as it is."""
    span = re.fullmatch(r"(\d+)(ms|s)", value or "")
    return f"{round(int(span[1]) * (1000 if span[2] == 's' else 1) * INTERVAL_FACTOR)}ms" if span else value


def wait_for(condition, what, seconds=30.0, every=0.03):
    """Waits until `condition()` is true and returns what it returned; raises AssertionError at the deadline."""
    end = time.monotonic() + seconds * TIME_FACTOR
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError(f"not reached in {seconds * TIME_FACTOR:g} s: {what}")
        time.sleep(every)


def check(good, detail):
    """An assertion that says what it saw."""
    if not good:
        raise AssertionError(detail if isinstance(detail, str) else repr(detail))


def message_ids():
    """The table of notices as it stands in the sources: (priority, MESSAGE_ID) by name."""
    with open(SRC + "/common/model/notice.h", encoding="utf-8") as f:
        text = f.read()
    return {name: (priority, number) for name, priority, number in
            re.findall(r'X\(\w+, "(\w+)", (\d), "([0-9a-f]{32})"', text)}


_benches = []
_printing = threading.Lock()


@contextlib.contextmanager
def case(name):
    """One case of a test: good unless something is raised in it. On failure the daemons' last words are shown, and the
    ends of their ledgers."""
    try:
        yield
        with _printing:
            tap.ok(True, name)
    except Exception as e:
        text = f"{type(e).__name__}: {e}\n" + "".join(traceback.format_tb(e.__traceback__)[1:])
        for bench in _benches:
            for daemon in bench.daemons:
                text += f"\n{daemon.dir} says:\n" + "\n".join(daemon.stderr().rstrip().split("\n")[-25:])
                text += daemon.ledger_ends()
        with _printing:
            tap.ok(False, name, text)


@contextlib.contextmanager
def _printing_failure():
    """What is raised outside of any case must not end a thread in silence."""
    try:
        yield
    except Exception:
        with _printing:
            tap.ok(False, "goes to its end", traceback.format_exc())


def together(*functions):
    """Runs them side by side, each in a thread. What they start must have been started before: the kernel ends
    it with the thread."""
    def run_one(function):
        with _printing_failure():
            function()
    threads = [threading.Thread(target=run_one, args=(f,)) for f in functions]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


class Trouble(Exception):
    """The admin interface said no."""


class Cloud:
    """A stand-in cloud and its admin interface."""

    def __init__(self, directory, world, die_with_parent=True):
        self.dir = directory
        os.makedirs(directory)
        with open(os.path.join(directory, "world.json"), "w", encoding="utf-8") as f:
            json.dump(world if isinstance(world, dict) else world.document(), f)
        argv = [CLOUD, "--dir", directory, "--world", os.path.join(directory, "world.json"), "--quiet"]
        if die_with_parent:
            argv.append("--die-with-parent")
        with open(os.path.join(directory, "stderr"), "wb") as err:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err,
                                            start_new_session=not die_with_parent)
        line = self.process.stdout.readline()
        if not line:
            with open(os.path.join(directory, "stderr"), encoding="utf-8") as f:
                raise RuntimeError("the stand-in cloud did not start: " + f.read())
        self.info = json.loads(line)
        self.admin = self.info["admin"]
        self.ca = self.info["ca"]

    def call(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.admin + path, data=data, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30 * TIME_FACTOR) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            raise Trouble(e.read().decode("utf-8", "replace")) from None

    def state(self):
        return self.call("/admin/state")

    def config(self, **members):
        return self.call("/admin/config", members)

    # ---- keys ----

    def arn(self, number=0):
        return self.info["keys"][number]

    def key_state(self, arn=None):
        arn = arn or self.arn()
        return next(k for k in self.state()["keys"] if k["arn"] == arn)

    def key(self, action=None, arn=None, now=False, **members):
        body = {"arn": arn or self.arn(), "now": now, **members}
        if action:
            body["action"] = action
        return self.call("/admin/key", body)

    # ---- queues ----

    def queue_url(self, arn=None):
        """Of the stand-in, for the configuration of a daemon."""
        return self.info["sqs"] + "/".join((arn or self.info["queues"][0]).split(":")[4:])

    def queue_state(self, arn=None):
        arn = arn or self.info["queues"][0]
        return next(q for q in self.state()["queues"] if q["arn"] == arn)

    def queue_send(self, body, arn=None):
        """A message: a text, or what becomes JSON. Its id."""
        text = body if isinstance(body, str) else json.dumps(body)
        return self.call("/admin/queue", {"arn": arn or self.info["queues"][0], "action": "send", "body": text})["message_id"]

    # ---- clusters ----

    def clusters(self):
        """All clusters by name."""
        return {c["name"]: c for c in self.state()["clusters"]}

    def cluster_id(self, name):
        return next(c["id"] for c in self.info["clusters"] if c["name"] == name)

    def cluster(self, name, action=None, **members):
        body = {"id": self.cluster_id(name), **members}
        if action:
            body["action"] = action
        return self.call("/admin/cluster", body)

    # ---- faults and the log ----

    def fault(self, service, kind, **members):
        return self.call("/admin/fault", {"service": service, "kind": kind, **members})["id"]

    def clear_faults(self, number=None):
        self.call("/admin/fault/clear", {} if number is None else {"id": number})

    def log(self, since=0, **query):
        query = {k: str(v).lower() if isinstance(v, bool) else v for k, v in query.items()}
        return self.call("/admin/log?" + urllib.parse.urlencode({"since": since, **query}))["entries"]

    def mark(self):
        """Where the log ends now, for log(since=)."""
        return self.call("/admin/log?since=0")["next"]

    def acts(self, op, since=0):
        """Requests of one kind of act; op: PauseCluster, ResumeCluster, PutKeyPolicy. Challenges (no or a stale
        nonce) do not count: nothing was asked for yet."""
        return [e for e in self.log(since, op=op) if e["auth"] == "ok"]

    def pauses(self, since=0):
        return self.acts("PauseCluster", since)

    def blind_repeats(self, since=0, kills=()):
        """Acts on a cluster that were sent again although it was not known what had become of the one before:
        after no answer, a server's error, or a kill (`kills`: where the log ended then) the cluster's state must be
        read first."""
        found, unsure, last, kills = [], {}, {}, sorted(kills)
        for e in self.log(since):
            while kills and e["seq"] > kills[0]:
                kills.pop(0)
                unsure.update(last)
            if e["auth"] != "ok" or e["service"] not in ("v1beta", "dedicated"):
                continue
            if e["op"] in ("PauseCluster", "ResumeCluster"):
                if e["subject"] in unsure:
                    found.append((unsure[e["subject"]], e))
                unsure.pop(e["subject"], None)
                last[e["subject"]] = e
                if e["status"] == 0 or e["status"] >= 500:
                    unsure[e["subject"]] = e
            elif e["status"] == 200 and e["op"] == "GetCluster":
                unsure.pop(e["subject"], None)
            elif e["status"] == 200 and e["op"] == "ListClusters":
                unsure.clear()
        return found


class Result:
    """What a program gave back."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.status}\n{self.out}{self.err}"


def run(argv, uid=None, gid=None, timeout=60.0, env=None, stdin=None):
    def drop():
        _die_with_parent()
        if gid is not None:
            os.setgroups([])
            os.setgid(gid)
        if uid is not None:
            os.setuid(uid)
    done = subprocess.run(argv, stdin=subprocess.DEVNULL if stdin is None else None, input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout * TIME_FACTOR,
                          preexec_fn=drop, env=env, check=False, text=True, errors="replace")
    return Result(done.returncode, done.stdout, done.stderr)


class Daemon:
    """A cmekd with its configuration, socket, ledgers and journal lines."""

    def __init__(self, directory, cloud, projects=None, settings=None, daemon=None, tidb=None, aws=None, network=None,
                 state_dir=None, socket=None, die_with_parent=True, etc=None):
        self.dir = directory
        self.die_with_parent = die_with_parent
        self.etc = etc or os.path.join(directory, "etc")
        os.makedirs(os.path.join(self.etc, "projects.d"), exist_ok=True)
        self.cloud = cloud
        self.conf = os.path.join(self.etc, "cmekd.conf")
        self.state_dir = state_dir or os.path.join(directory, "state")
        self.socket = socket or os.path.join(directory, "io.cmekd")
        self.journal_file = os.path.join(directory, "journal")
        self.stderr_file = os.path.join(directory, "stderr")
        self.settings = {**SHORT, **(settings or {})}
        self.sections = {
            # The daily check would come at a time of its own, and ask both clouds.
            "Daemon": {"StateDirectory": self.state_dir, "Socket": self.socket, "CheckInterval": "0", **(daemon or {})},
            "TiDBCloud": {"Endpoint": cloud.info["endpoint"], "DedicatedEndpoint": cloud.info["endpoint"],
                          "ApiKeyFile": cloud.info["api_key_file"], "RequestsPerMinute": "1000", **(tidb or {})},
            "AWS": {"EndpointURL": cloud.info["endpoint"], "CredentialsFile": cloud.info["aws_credentials_file"],
                    **(aws or {})},
            "Network": {"CAFile": cloud.ca, "RequestTimeout": f"{REQUEST_TIMEOUT_MS}ms", **(network or {})}}
        self.process = None
        self.user = None  # a uid and gid to run as
        # Nothing of this machine's own accounts, and nobody on its link.
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_") and k != "HOME"}
        self.env["AWS_EC2_METADATA_DISABLED"] = "true"
        self.env.pop("JOURNAL_STREAM", None)
        self.env.pop("NOTIFY_SOCKET", None)
        self.limits = None
        self.write_config()
        if projects is None:
            projects = {p["name"]: {} for p in cloud.info["projects"] if p["cmek_enabled"]}
        for name, members in projects.items():
            self.write_project(name, **members)

    # ---- configuration ----

    def write_config(self, **sections):
        """Members given replace those of their section."""
        for section, members in sections.items():
            self.sections.setdefault(section, {}).update(members)
        text = ""
        settings = {k: stretched(v) for k, v in self.settings.items()}
        for section, members in {**self.sections, "Project": settings}.items():
            text += f"[{section}]\n" + "".join(f"{k}={v}\n" for k, v in members.items() if v is not None)
        self.write(self.conf, text)

    def project_file(self, name):
        return os.path.join(self.etc, "projects.d", name + ".conf")

    def write_project(self, name, clusters=None, **members):
        """`clusters`: the members of each [Cluster NAME]."""
        of = {p["name"]: p["id"] for p in self.cloud.info["projects"]}
        members = {"Id": of.get(name), "VendorAccount": self.cloud.info["vendor_account"], **members}
        sections = {"Project": members, **{f"Cluster {c}": of_it for c, of_it in (clusters or {}).items()}}
        self.write(self.project_file(name), "".join(
            f"[{s}]\n" + "".join(f"{k}={v}\n" for k, v in of_it.items() if v is not None) for s, of_it in sections.items()))

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def check_config(self):
        return run([CMEKD, "--check-config", "--config", self.conf])

    # ---- the process ----

    def argv(self):
        return [CMEKD, "--config", self.conf, "--journal-file", self.journal_file]

    def start(self, wait=True):
        def before():
            if self.die_with_parent:
                _die_with_parent()
            if self.limits:
                self.limits()
            if self.user is not None:
                os.setgroups([])
                os.setgid(self.user)
                os.setuid(self.user)
        with open(self.stderr_file, "ab") as err:
            self.process = subprocess.Popen(self.argv(), stdin=subprocess.DEVNULL, stdout=err, stderr=err, env=self.env,
                                            preexec_fn=before, start_new_session=not self.die_with_parent)
        if wait:
            wait_for(self.answers, "cmekd answers ping\n" + self.stderr()[-2000:], every=0.01)
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"cmekd ended with {self.process.returncode}:\n" + self.stderr()[-4000:])
        try:
            self.call("io.cmekd.Ping")
            return True
        except OSError:
            return False

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """As a power cut would: at once."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """SIGTERM; the seconds it took. A daemon that does not end well is an error."""
        began = time.monotonic()
        status = _end(self.process, signal.SIGTERM)
        if status != 0:
            raise AssertionError(f"cmekd ended with {status}:\n" + self.stderr()[-4000:])
        return time.monotonic() - began

    def reload(self, notice="reloaded"):
        before = len(self.notices(notice))
        os.kill(self.process.pid, signal.SIGHUP)
        wait_for(lambda: len(self.notices(notice)) > before, f"notice {notice} after SIGHUP", every=0.01)

    # ---- what it says ----

    def stderr(self):
        try:
            with open(self.stderr_file, encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def journal(self):
        """Every line, as dicts of fields; a line that is no JSON is an error."""
        try:
            with open(self.journal_file, encoding="utf-8") as f:
                text = f.read()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def notices(self, name=None, **fields):
        return [j for j in self.journal() if j.get("NOTICE") and name in (None, j["NOTICE"])
                and all(j.get(k) == v for k, v in fields.items())]

    def told(self, name, seconds=30.0, **fields):
        """Waits for a notice and returns it."""
        return wait_for(lambda: self.notices(name, **fields), f"notice {name} {fields or ''}", seconds)[-1]

    # ---- asking it ----

    def call(self, method, parameters=None):
        try:
            return varlink.call(self.socket, method, parameters, timeout=20 * TIME_FACTOR)
        except ConnectionRefusedError:
            if self.process.poll() is None:
                raise
            raise ConnectionRefusedError(f"cmekd ended with {self.process.returncode}") from None

    def status(self, project="prod"):
        return self.call("io.cmekd.Status", {"project": project})["projects"][0]

    def headline(self, project="prod"):
        return self.status(project)["headline"]

    def binding(self, project="prod", region=None):
        found = [b for b in self.status(project)["bindings"] if region in (None, b["region"])]
        return found[0] if found else None

    def phase(self, project="prod", region=None):
        binding = self.binding(project, region)
        return binding["incident"]["phase"] if binding and binding.get("incident") else "none"

    def wait_headline(self, headline, project="prod", seconds=30.0):
        seen = []

        def reached():
            seen[:] = [self.headline(project)]
            return seen[0] == headline
        try:
            wait_for(reached, f"{project} is {headline}", seconds)
        except AssertionError as e:
            raise AssertionError(f"{e}, but {seen}\n" + json.dumps(self.status(project), indent=1)) from None

    def looks(self, count, since=None):
        """Waits until `count` more looks at keys have ended or been tried."""
        since = self.cloud.mark() if since is None else since
        wait_for(lambda: len(self.cloud.log(since, op="DescribeKey")) >= count, f"{count} looks")

    def window(self, project="prod"):
        """The reasons of the last looks, newest first."""
        try:
            return self.call("io.cmekd.Explain", {"project": project})["explanations"][0]["window"]
        except varlink.VarlinkError as e:
            if e.error == "io.cmekd.NotReady":
                return []
            raise

    def ctl(self, *words, uid=None, gid=None, timeout=60.0):
        return run([CMEKCTL, *words, "--socket", self.socket], uid=uid, gid=gid, timeout=timeout)

    # ---- its ledgers ----

    def ledger_file(self, project="prod"):
        return os.path.join(self.state_dir, "ledger", project + ".ledger")

    def ledger(self, project="prod"):
        """The complete records."""
        with open(self.ledger_file(project), "rb") as f:
            lines = f.read().rstrip(b"\0").split(b"\n")[:-1]
        return [json.loads(line) for line in lines]

    def ledger_ends(self):
        """The last records of each ledger, for people; a ledger may be anything by now."""
        text = ""
        for name in sorted(glob.glob(self.ledger_file("*"))):
            with open(name, "rb") as f:
                lines = f.read().rstrip(b"\0").decode("utf-8", "replace").split("\n")
            text += f"\n{name} ends with:\n" + "\n".join(line.split(',"hash":')[0] for line in lines[-25:])
        return text

    def verify(self, project="prod"):
        return run([CMEKCTL, "verify", self.ledger_file(project)])


def _end(process, number):
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(15 * TIME_FACTOR)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return "killed: it did not end by itself"
    return process.returncode


class Watch:
    """Asks Status as fast as it is answered, from a thread, and compares `dark` with the stand-in's own state: the
    regions that are said to be dark while a cluster there is not PAUSED.

    The stand-in is read before and after, with what happened in between: only a cluster that was not PAUSED at any
    time in between makes `dark` a lie, so that a change right then is no false alarm."""

    def __init__(self, daemon, cloud):
        self.daemon, self.cloud = daemon, cloud
        self.lies, self.answers, self.dark = [], 0, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.over.set()
        self.thread.join()

    def awake(self):
        return {(c["project"], c["region"], c["name"]): c for c in self.cloud.state()["clusters"]
                if c["state"] not in ("PAUSED", "DELETED", "DELETING")}

    @staticmethod
    def slept(before, after):
        return any(h["state"] == "PAUSED" for h in after["history"] if h not in before["history"])

    def watch(self):
        ids = {p["name"]: p["id"] for p in self.cloud.info["projects"]}
        while not self.over.is_set():
            try:
                before = self.awake()
                with varlink.Connection(self.daemon.socket, 20 * TIME_FACTOR) as connection:
                    projects = [p for reply in connection.stream("io.cmekd.Status") for p in reply["projects"]]
                after = self.awake()
            except (OSError, varlink.VarlinkError, ValueError):
                time.sleep(0.01)
                continue
            self.answers += 1
            for p in projects:
                for b in p["bindings"]:
                    if b["dark"] != "dark":
                        continue
                    self.dark += 1
                    for place in before.keys() & after.keys():
                        if place[:2] == (ids.get(p["name"]), b["region"]) and not self.slept(before[place], after[place]):
                            self.lies.append(f"{place}: {before[place]['state']}, {after[place]['state']}")
            time.sleep(0.005)


class Relay:
    """Passes TCP connections on to the stand-in, until it is told to be out of order. An address that refuses
    connections, or closes them, cannot be made by the stand-in itself."""

    def __init__(self, cloud):
        self.target = int(cloud.info["endpoint"].rsplit(":", 1)[1])
        self.mode = "pass"
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.endpoint = f"https://127.0.0.1:{self.port}"
        self.pairs = []
        self.open()

    def open(self):
        """After close(): the same port again."""
        if self.listener is None:
            self.listener = socket.socket()
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(64)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def close(self):
        """Connections are refused and open ones cut."""
        listener, self.listener = self.listener, None
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        self.cut()

    def cut(self):
        pairs, self.pairs = self.pairs, []
        for ends in pairs:
            for end in ends:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                here, _ = listener.accept()
                if self.mode == "reset":
                    here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    here.close()
                    continue
                if self.mode == "plain":
                    here.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                    here.close()
                    continue
                there = socket.create_connection(("127.0.0.1", self.target))
                self.pairs.append((here, there))
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=self.pump, args=pair, daemon=True).start()

    @staticmethod
    def pump(source, sink):
        with contextlib.suppress(OSError):
            while True:
                got = source.recv(65536)
                if not got:
                    break
                sink.sendall(got)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Bench:
    """A directory, and whatever was started in it. Ends all of it, also when the test is told to end."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="cmekd-test-")
        self.started, self.daemons, self.cleanups = [], [], []
        self.count = 0
        _benches.append(self)
        atexit.register(self.close)
        signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def cloud(self, world):
        self.count += 1
        cloud = Cloud(self.path(f"cloud{self.count}"), world)
        self.started.append(cloud.process)
        return cloud

    def daemon(self, cloud, **arguments):
        self.count += 1
        daemon = Daemon(self.path(f"cmekd{self.count}"), cloud, **arguments)
        self.daemons.append(daemon)
        return daemon

    def close(self):
        for process in [d.process for d in self.daemons] + self.started:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
            if process is not None and process.stdout:
                process.stdout.close()
        self.started, self.daemons = [], []
        for cleanup in reversed(self.cleanups):
            cleanup()
        self.cleanups = []
        shutil.rmtree(self.dir, ignore_errors=True)
