# SPDX-License-Identifier: Apache-2.0
"""secrecy: secrets are in no output, whatever happens; and no core can hold them."""
import base64
import hashlib
import os
import pwd
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import CMEKD, Bench, case, check, run, tap, wait_for
from world import API_KEY, one_project

AWS_SECRET = "Qz7secretOfAws+made/up4TestsOnly0123456789"
PRIVATE = "Xk9privateOfTidbCloudMadeUp4TestsOnly"
TOKEN = "Wm3sessionTokenMadeUp4TestsOnly/abcdefghijklmnopqrstuvwxyz0123456789=="


def forms(secret):
    """A secret, and what gives it away."""
    raw = secret.encode()
    return [raw, base64.b64encode(raw).rstrip(b"="), raw.hex().encode(), secret.replace("/", "%2F").encode(),
            secret.replace("/", "\\/").encode()]


NEEDLES = [form for secret in (AWS_SECRET, PRIVATE, TOKEN) for form in forms(secret)]
# With it anybody can answer a Digest challenge.
NEEDLES.append(hashlib.md5(f"{API_KEY}:tidb.cloud:{PRIVATE}".encode()).hexdigest().encode())


class Collector:
    """Everything that was printed or written, by where it was found."""

    def __init__(self):
        self.found, self.searched = [], 0

    def look(self, where, data):
        data = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        self.searched += len(data)
        for needle in NEEDLES:
            if needle in data:
                self.found.append(f"{where}: {needle[:12]!r}...")

    def output(self, name, result):
        self.look(f"{name}, output", result.out)
        self.look(f"{name}, errors", result.err)
        return result

    def tree(self, folder):
        for path, _, names in os.walk(folder):
            for name in names:
                with open(os.path.join(path, name), "rb") as f:
                    self.look(os.path.join(path, name), f.read())

    def process(self, daemon):
        for name in ("cmdline", "environ", "status", "limits"):
            with open(f"/proc/{daemon.process.pid}/{name}", "rb") as f:
                self.look("/proc/PID/" + name, f.read())


def ask_all(out, daemon):
    for words in (["status"], ["status", "--json"], ["status", "prod"], ["status", "prod", "--json"], ["explain", "prod"],
                  ["explain", "prod", "--json"], ["revoke", "prod", "--dry-run"], ["revoke", "prod", "--dry-run", "--json"],
                  ["version"], ["verify", daemon.ledger_file(), "--list"]):
        out.output(" ".join(words), daemon.ctl(*words))


def core(daemon):
    with open(f"/proc/{daemon.process.pid}/limits", encoding="ascii") as f:
        limit = next(line for line in f if line.startswith("Max core file size"))
    check(limit.split()[4:6] == ["0", "0"], limit)


with Bench() as bench:
    cloud = bench.cloud(one_project(secret=AWS_SECRET, private=PRIVATE, token=TOKEN))
    daemon = bench.daemon(cloud)
    out = Collector()
    with case("the needles are what is really used"):
        with open(cloud.info["aws_credentials_file"], encoding="utf-8") as f:
            text = f.read()
        check(AWS_SECRET in text and TOKEN in text, text)
        with open(cloud.info["api_key_file"], encoding="utf-8") as f:
            check(PRIVATE in f.read(), "the API key")
        probe = Collector()
        probe.look("here", "x" + TOKEN)
        check(len(probe.found) == 1, probe.found)
    with case("--check-config prints no secret"):
        check(out.output("--check-config", daemon.check_config()).status == 0, "it is no good configuration")
        check(not out.found, out.found)
    daemon.start()
    with case("a whole story"):
        daemon.wait_headline("usable")
        ask_all(out, daemon)
        cloud.key("vendor-out", now=True)
        daemon.wait_headline("dark")
        ask_all(out, daemon)
        cloud.key("policy-undo", now=True)
        daemon.wait_headline("usable")
        out.output("revoke", daemon.ctl("revoke", "prod", "--wait", "--yes"))
        ask_all(out, daemon)
        out.output("restore", daemon.ctl("restore", "prod", "--wait", "--yes", "--json"))
        daemon.wait_headline("usable")
    with case("whatever goes wrong with credentials"):
        key = cloud.info["access_keys"][0]["access_key"]
        for kind in ("access-denied", "expired-token", "status", "wrong-types", "drop-before"):
            fault = cloud.fault("all", kind)
            daemon.looks(4)
            wait_for(lambda: daemon.binding()["lastOutcome"] == "unknown", "unknown")
            ask_all(out, daemon)
            cloud.clear_faults(fault)
        cloud.call("/admin/access-key", {"access_key": key, "disabled": True})
        cloud.call("/admin/api-key", {"public": API_KEY, "disabled": True})
        wait_for(lambda: daemon.window()[:1] == ["credentials"], "credentials")
        wait_for(lambda: daemon.status()["clustersFault"] != "none", "the list fails")
        ask_all(out, daemon)
        cloud.call("/admin/access-key", {"access_key": key, "disabled": False})
        cloud.call("/admin/api-key", {"public": API_KEY, "disabled": False})
        daemon.wait_headline("usable")
    with case("files of secrets that are malformed are named, what is in them is not told"):
        for section, member, text in (
                ("TiDBCloud", "ApiKeyFile", PRIVATE + "\n"),
                ("TiDBCloud", "ApiKeyFile", f"{API_KEY}:{PRIVATE}\nsecond line {PRIVATE}\n"),
                ("AWS", "CredentialsFile", f"[default]\naws_access_key_id = A\n{AWS_SECRET}\n"),
                ("AWS", "CredentialsFile", f"[other]\naws_secret_access_key = {AWS_SECRET}\n"),
                ("AWS", "CredentialsFile", f"[default]\naws_access_key_id = A\naws_secret_access_key = {AWS_SECRET} {TOKEN}\n"
                 f"{TOKEN}\n")):
            good = dict(daemon.sections[section])
            bad = bench.path("bad-secrets")
            daemon.write(bad, text)
            os.chmod(bad, 0o600)
            daemon.write_config(**{section: {member: bad}})
            out.output("--check-config", daemon.check_config())
            before = daemon.stderr().count("bad-secrets")
            daemon.reload()
            wait_for(lambda n=before: daemon.stderr().count("bad-secrets") > n, "the file is named")
            ask_all(out, daemon)
            daemon.write_config(**{section: good})
            daemon.reload()
            daemon.wait_headline("usable")
        # A key in the wrong place, as people do it.
        daemon.write_project("prod", ApiKeyFile=f"{API_KEY}:{PRIVATE}")
        got = out.output("--check-config", daemon.check_config())
        check(got.status == 1 and "prod.conf:4" in got.err, "the mistake is not named")
        daemon.write_project("prod")
    with case("no core of it: RLIMIT_CORE is 0"):
        core(daemon)
        out.process(daemon)
    daemon.stop()
    out.tree(os.path.join(daemon.dir, "state"))
    out.look("stderr", daemon.stderr())
    with open(daemon.journal_file, "rb") as f:
        out.look("journal", f.read())
    with case("no secret was found in any of it"):
        check(not out.found, sorted(set(out.found)))
        check(out.searched > 100000, out.searched)
    with case("ledgers can be read by their owner alone"):
        check(os.stat(daemon.ledger_file()).st_mode & 0o077 == 0, oct(os.stat(daemon.ledger_file()).st_mode))
        check(os.stat(os.path.dirname(daemon.ledger_file())).st_mode & 0o077 == 0, "the folder")

    with case("it is not dumpable: as an ordinary user its /proc files belong to root"):
        user = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else os.getuid()
        plain = bench.daemon(cloud, daemon={"OperateGroup": str(os.getgid())})
        if os.getuid() == 0:
            os.chmod(bench.dir, 0o755)
            plain.user = user
            for name, member, section in (("aws", "aws_credentials_file", "AWS"), ("tidb", "api_key_file", "TiDBCloud")):
                copy = os.path.join(plain.dir, name)
                with open(cloud.info[member], encoding="utf-8") as f:
                    plain.write(copy, f.read())
                os.chmod(copy, 0o600)
                plain.write_config(**{section: {"CredentialsFile" if section == "AWS" else "ApiKeyFile": copy}})
            with open(cloud.ca, encoding="utf-8") as f:
                plain.write(os.path.join(plain.dir, "ca.pem"), f.read())
            plain.write_config(Network={"CAFile": os.path.join(plain.dir, "ca.pem")})
            for path, folders, names in os.walk(plain.dir):
                for name in [".", *folders, *names]:
                    os.chown(os.path.join(path, name), user, user)
        if os.getuid() == 0 and run(["test", "-x", CMEKD], uid=user, gid=user).status != 0:
            tap.note("skipped: the build tree cannot be entered by others")
        else:
            plain.start()
            plain.wait_headline("usable")
            core(plain)
            with open(f"/proc/{plain.process.pid}/status", encoding="ascii") as f:
                check(f"Uid:\t{user}\t" in f.read(), "it runs as somebody else")
            check(os.stat(f"/proc/{plain.process.pid}/environ").st_uid == 0, "it is dumpable")
            plain.stop()
tap.done()
