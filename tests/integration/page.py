# SPDX-License-Identifier: Apache-2.0
"""page: the commands of a page for people (doc/*.md), done one by one with the real programs: cmekctl and cmekd as they are, aws by a
small signer that asks the stand-in as a person would, journalctl on a journal that holds what the daemon told, systemctl by what the
unit makes of it. What a page writes for the reader to fill in is filled in, and nothing else: prod#7, KEY, GRANT, CLUSTER and paths."""
import calendar
import hashlib
import json
import os
import re
import shlex
import ssl
import struct
import subprocess
import sys
import time

from harness import CMEKCTL, CMEKD, SANITIZED, SRC, TIME_FACTOR, Result, check, run
from world import OWN

sys.path.insert(0, os.path.join(SRC, "tests", "cloud"))

import clients  # noqa: E402

PERSON = {"access_key": "AKIACMEKDTEST0000002", "secret": "made-up-secret-of-a-person-0123456789abc", "account": OWN,
          "arn": f"arn:aws:iam::{OWN}:user/person"}
REMOTE = "/lib/systemd/systemd-journal-remote"
READS = ("status", "check", "explain", "show", "rotation", "setup", "drill", "incidents", "credentials")
ASKS = ("project create", "policy apply", "cmek configure", "cluster create", "revoke", "restore", "approve", "rotation now",
        "key cancel-deletion", "ledger adopt")
FILES = ("verify", "show", "report", "ledger export", "incidents", "times", "replay")


def text_of(name):
    with open(os.path.join(SRC, name), encoding="utf-8") as f:
        return f.read()


def commands(text):
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def sections(text, level="##"):
    """name -> text, in order."""
    parts = re.split(rf"^{level} (.+)$", text, flags=re.M)
    return {name: re.split(r"^#{1,2} ", body, flags=re.M)[0] for name, body in zip(parts[1::2], parts[2::2])}


def export_lines(lines, machine="cd" * 16):
    """The daemon's lines in the journal export format (systemd, "Journal Export Formats")."""
    text = b""
    for number, line in enumerate(lines):
        us = calendar.timegm(time.strptime(line["TIME"][:19], "%Y-%m-%dT%H:%M:%S")) * 1000000 + number
        fields = {"__REALTIME_TIMESTAMP": str(us), "__MONOTONIC_TIMESTAMP": str(number + 1), "_BOOT_ID": "ab" * 16,
                  "_MACHINE_ID": machine, "_HOSTNAME": "ops", "_TRANSPORT": "journal", "SYSLOG_IDENTIFIER": "cmekd",
                  **{k: v for k, v in line.items() if k != "TIME"}}
        for name, value in fields.items():
            value = value.encode()
            text += name.encode() + (b"=" + value if b"\n" not in value else b"\n" + len(value).to_bytes(8, "little") + value) + b"\n"
        text += b"\n"
    return text


def journal_of(daemon, path):
    """A real journal file of what the daemon told so far."""
    if os.path.exists(path):
        os.unlink(path)
    done = subprocess.run([REMOTE, "-o", path, "-"], input=export_lines(daemon.journal()), capture_output=True, check=False)
    check(done.returncode == 0, done.stderr.decode())
    return path


def write_chain(path, records):
    """A ledger of these records, with every hash made anew: as root could."""
    previous = "0" * 64
    with open(path, "wb") as f:
        for record in records:
            record.pop("hash", None)
            record["prev"] = previous
            body = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()[:-1]
            previous = hashlib.sha256(body).hexdigest()
            f.write(body + b',"hash":"' + previous.encode() + b'"}\n')


def elsewhere(bench):
    """What gives a daemon another time, or another machine (elsewhere.c)."""
    path = bench.path("elsewhere.so")
    libs = subprocess.run(["pkg-config", "--libs", "libsystemd"], capture_output=True, text=True, check=True).stdout.split()
    subprocess.run([*os.environ.get("CMEKD_CC", "gcc").split(), "-shared", "-fPIC", "-O1", "-o", path,
                    os.path.join(SRC, "tests", "integration", "elsewhere.c"), *libs], check=True)
    return path


def shift_clock(path, boot_s, wall_s):
    """The machine slept for so long, or its wall clock was set. In place: a daemon has the file mapped."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0) as f:
        f.write(struct.pack("qq", boot_s * 1000, wall_s * 1000))


def preload(daemon, path, **variables):
    daemon.env.update(LD_PRELOAD=path, **variables)
    if SANITIZED:
        daemon.env["ASAN_OPTIONS"] = "verify_asan_link_order=0"


class Endpoint:
    """What clients.Aws wants of a cloud."""

    request = clients.Cloud.request

    def __init__(self, cloud):
        self.info = cloud.info
        self.port = int(cloud.info["endpoint"].rsplit(":", 1)[1])
        self.tls = ssl.create_default_context(cafile=cloud.info["ca"])


class Page:
    """The commands of a page, or of a section of it, in their order."""

    def __init__(self, text, cloud, daemon):
        self.left = commands(text)
        self.cloud, self.daemon = cloud, daemon
        self.dir = daemon.dir
        self.words = {}  # what is filled in, beside the incident
        self.incident = None

    def path(self, name):
        return os.path.join(self.dir, name)

    def fill(self, line):
        if "#7" in line:
            check(self.incident, f"{line}: no incident is known")
            line = line.replace("prod#7", f"prod#{self.incident}")
        for word, value in {"/var/lib/cmekd": self.daemon.state_dir, **self.words}.items():
            before = "" if word[0] == "/" else r"(?<![\w/])"
            line = re.sub(before + rf"{re.escape(word)}(?![\w-])", lambda _, v=value: v, line)
        return line

    def run(self, starts, *says, status=None, timeout=60.0, until=None):
        """Does the next command of the page, which must begin with `starts`; what it prints must hold each of `says`. `until`: it goes on
        until it prints that."""
        check(self.left, f"the page has no command more, but {starts} was to be next")
        line = self.left.pop(0)
        check(line.startswith(starts), f"the page says {line}, and not {starts}")
        verb = line.split()[1] if " " in line else ""
        reads = line.startswith("cmekctl ") and verb in READS and "--live" not in line
        good = status if isinstance(status, tuple) else (status,) if status is not None else (0, 3) if reads else (0,)
        end = time.monotonic() + 30 * TIME_FACTOR
        while True:
            got = self.do(self.fill(line), timeout, until)
            flat = " ".join((got.out + got.err).split())
            wrong = [w for w in says if w not in flat] if got.status in good else [f"exit {got.status}"]
            # Who reads, and does not see it yet, looks again.
            if not wrong or not reads or time.monotonic() > end:
                break
            time.sleep(0.1)
        check(not wrong, f"{line}: {wrong}: {got}")
        return got

    def end(self):
        check(not self.left, f"nobody did {self.left}")

    # ---- each program ----

    def do(self, line, timeout, until=None):
        line, _, into = line.partition(" > ")
        words = shlex.split(line)
        got = getattr(self, "do_" + words[0])(words[1:], timeout, until)
        if into:
            with open(self.path(into), "w", encoding="utf-8") as f:
                f.write(got.out)
        return got

    def do_cmekctl(self, words, timeout, until):
        line = " ".join(words)
        words = [self.path(w) if i and words[i - 1] in ("--html", "--heads") else w for i, w in enumerate(words)]
        if line.startswith(ASKS) and "--dry-run" not in words or "--live" in words:
            words.append("--yes")  # who types it is asked
        if line.startswith(FILES):
            return run([CMEKCTL, *words, "--state-dir", self.daemon.state_dir], timeout=timeout)
        return self.daemon.ctl(*words, timeout=timeout) if until is None else self.goes_on(words, timeout, until)

    def goes_on(self, words, timeout, until):
        process = subprocess.Popen([CMEKCTL, *words, "--socket", self.daemon.socket], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text, end = "", time.monotonic() + timeout * TIME_FACTOR
        while until not in text and time.monotonic() < end:
            got = os.read(process.stdout.fileno(), 65536)
            if not got:
                break
            text += got.decode()
        process.terminate()
        process.wait()
        process.stdout.close()
        check(until in text, text)
        return Result(0, text, "")

    def do_cmekd(self, words, timeout, unused):
        return run([CMEKD, *words, "--config", self.daemon.conf], timeout=timeout)

    def do_systemctl(self, words, unused_timeout, unused):
        check(words in (["reload", "cmekd"], ["restart", "cmekd"], ["stop", "cmekd"], ["start", "cmekd"]), words)
        if words[0] == "reload":
            self.daemon.reload()
        if words[0] in ("stop", "restart"):
            self.daemon.stop()
        if words[0] in ("start", "restart"):
            self.daemon.start()
        return Result(0, "", "")

    def do_journalctl(self, words, timeout, unused):
        if "--directory" not in words:
            words = ["--file", journal_of(self.daemon, self.path("told.journal")), *words]
        return run(["journalctl", "--no-pager", *words], timeout=timeout)

    def do_aws(self, words, unused_timeout, unused):
        """`aws kms OPERATION --key-id ...`, as a person who may everything."""
        check(words[0] == "kms", words)
        names = {"--key-id": "KeyId", "--grant-id": "GrantId"}
        members = {names[o]: v for o, v in zip(words[2::2], words[3::2])}
        if words[1] == "get-key-policy":
            members["PolicyName"] = "default"  # as the program does
        self.cloud.call("/admin/access-key", PERSON)
        aws = clients.Aws(Endpoint(self.cloud), key=PERSON["access_key"], secret=PERSON["secret"])
        answer = aws.kms("".join(w.capitalize() for w in words[1].split("-")), _timeout=30, **members)
        return Result(0 if answer.status == 200 else 254, answer.body.decode() if answer.status == 200 else "",
                      "" if answer.status == 200 else answer.body.decode())

    def do_df(self, words, timeout, unused):
        return run(["df", *words], timeout=timeout)

    def do_cp(self, words, timeout, unused):
        return run(["cp", *words], timeout=timeout)

    def do_tar(self, words, timeout, unused):
        return run(["tar", *words], timeout=timeout)

    def do_mkdir(self, words, timeout, unused):
        return run(["mkdir", *words], timeout=timeout)

    def do_timedatectl(self, words, unused_timeout, unused):
        """It needs the bus of a booted systemd; that it knows the word is what can be seen here."""
        known = run(["timedatectl", "--help"])
        check(known.status == 0 and re.search(rf"^  {words[0]} ", known.out, re.M), known)
        return known
