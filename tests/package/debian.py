# SPDX-License-Identifier: Apache-2.0
"""debian: the Debian package. It is built from the tree as it is released, lintian has nothing to say of it, and in a clean root it is
installed, configured as README.md says, upgraded, removed and purged; then once more under a booted systemd (booted.py)."""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import BUILD, SRC, TIME_FACTOR, Bench, Result, case, check, tap, wait_for
from root import ALONE, Root, mirror, release
from world import one_project

TOOLS = {"dpkg-buildpackage": "dpkg-dev", "dh": "debhelper", "lintian": "lintian", "mmdebstrap": "mmdebstrap", "unshare": "util-linux"}
NEXT = "0.1.0+next"
LEDGER = "/var/lib/cmekd/ledger/prod.ledger"
CONFIGURATION = ("/etc/cmekd/cmekd.conf", "/etc/cmekd/cmekd.conf.d/stand-in.conf", "/etc/cmekd/projects.d/prod.conf")


def refusal():
    """Why this cannot be shown here; None if it can."""
    if os.getuid() != 0:
        return "needs root"
    if not release():
        return "this is no Debian"
    for tool, package in TOOLS.items():
        if not shutil.which(tool):
            return f"{tool} is not installed (Debian: {package})"
    if not mirror():
        return "the apt sources of this machine name no mirror of its release: apt-get update"
    if not os.stat(SRC).st_mode & 0o200:
        return "of a release that is being checked: the tree that it was made from gives the same package"
    return None


# What a user's shell would not have.
OWN = re.compile(r"CMEKD_(SRC|BUILD|CC|NM|READELF|PROGRAMS|HARDEN|PKG_CFLAGS|CLANG_FORMAT)$|MAKE|AM_|DEB_|[A-Z]*FLAGS$|[AU][A-Z]*SAN_OPTIONS$")


def outside(directory, *argv, seconds=600):
    env = {k: v for k, v in os.environ.items() if not OWN.match(k)}
    done = subprocess.run([*ALONE, *argv], cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=seconds * TIME_FACTOR, env=env, check=False)
    return Result(done.returncode, done.stdout, "")


def built(directory, *options):
    got = outside(directory, "dpkg-buildpackage", "-us", "-uc", "-b", *options)
    check(got.status == 0, got.out[-6000:])
    return got.out


def source_package(bench, tree):
    got = outside(bench.dir, "dpkg-source", "--build", tree)
    check(got.status == 0, got)
    found, = glob.glob(bench.path("cmekd_*.dsc"))
    return found


def lintian(bench, *files):
    return outside(bench.dir, "lintian", "--fail-on=error,warning", "--tag-display-limit=0", *files)


def edit(path, old, new):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new, 1))


def package(bench, version):
    found = glob.glob(bench.path(f"cmekd_{version}_*.deb"))
    check(len(found) == 1, os.listdir(bench.dir))
    return found[0]


def build(bench):
    """Two versions, which differ in the changelog alone."""
    tree = bench.path("cmekd")
    with case("a release holds what is in the sources: whatever git knows"):
        got = outside(BUILD, "make", "V=0", "distdir", f"distdir={tree}")
        check(got.status == 0, got.out[-4000:])
        if os.path.exists(SRC + "/.git") and shutil.which("git"):
            known = outside(SRC, "git", "-c", "safe.directory=*", "ls-files")
            check(known.status == 0 and "configure.ac" in known.out, known)
            left = [path for path in known.out.splitlines() if not os.path.exists(f"{tree}/{path}")]
            check(not left, left)
    with case("dpkg-buildpackage makes it from what a release holds, and its tests pass"):
        released = set(os.listdir(tree + "/debian"))
        said = built(tree)
        count = dict(re.findall(r"^# (\w+): +(\d+)$", said, re.M))
        check(int(count["PASS"]) > 500 and count["FAIL"] == count["ERROR"] == count["SKIP"] == "0", count)
    sources = bench.path("sources")
    with case("debian/rules clean leaves nothing of it in the sources"):
        shutil.copytree(tree, sources, symlinks=True)
        got = outside(sources, "debian/rules", "clean")
        left = set(os.listdir(sources + "/debian"))
        check(got.status == 0 and left == released < set(os.listdir(tree + "/debian")), (got.out[-2000:], left))
    with case("lintian finds neither errors nor warnings, in it and in its sources"):
        changes, = glob.glob(bench.path("cmekd_0*.changes"))
        source = source_package(bench, sources)
        got = lintian(bench, changes, source)
        check(got.status == 0 and not re.search("^[EW]:", got.out, re.M), got)
    with case("and what it would find is an error here"):
        edit(sources + "/debian/control", "Standards-Version: ", "X-Was-There: ")
        got = lintian(bench, source_package(bench, sources))
        check(got.status != 0 and re.search("^E: .*Standards-Version", got.out, re.M), got)
    with case("a next version"):
        with open(SRC + "/debian/changelog", encoding="utf-8") as f:
            last = re.match(r"cmekd \(.*?\)(.*?\n -- .*?\n)", f.read(), re.S)
        edit(tree + "/debian/changelog", "", f"cmekd ({NEXT}){last[1]}\n")
        built(tree, "-nc")
        package(bench, NEXT)


def apt(root, *words):
    return root.run("apt-get", "-y", "-q", "-o", "Dpkg::Use-Pty=0", "-o", "APT::Install-Recommends=false", *words)


def installs(root, deb, version):
    got = apt(root, "install", root.take(deb))
    complaint = re.search(r"(?i)\b(warning|error|failed)\b.*cmekd|cmekd.*\b(warning|error|failed)\b", got.out + got.err)
    check(got.status == 0 and "cmekd" in got.out and not complaint, got)
    check(root.must("dpkg-query", "-W", "-f", "${Status} ${Version}", "cmekd") == f"install ok installed {version}", got)


def installation(bench, root):
    with case("apt build-dep ./ finds there what it is built with"):
        shutil.copytree(SRC + "/debian", root.file("/sources/debian"))
        got = apt(root, "--simulate", "build-dep", "./sources")
        check(got.status == 0 and "libcurl4-openssl-dev" in got.out and "debhelper" in got.out, got)
        shutil.rmtree(root.file("/sources"))
    with case("apt install ./cmekd_*.deb in a clean root: the package is whole"):
        installs(root, package(bench, "0.1.0"), "0.1.0")
        shutil.copy(SRC + "/debian/tests/smoke", root.path)
        got = root.run("sh", "/smoke")
        check(got.status == 0, got)
    with case("that test of the package finds what is missing"):
        os.rename(root.file("/usr/bin/cmekctl"), root.file("/usr/bin/cmekctl.away"))
        got = root.run("sh", "/smoke")
        os.rename(root.file("/usr/bin/cmekctl.away"), root.file("/usr/bin/cmekctl"))
        check(got.status == 1 and "smoke: the client's version" in got.out, got)


class Walk:
    """What README.md says, in the root; the stand-in cloud runs beside it. A drop-in tells where that is."""

    def __init__(self, bench, root, cloud):
        self.bench, self.root, self.cloud, self.process = bench, root, cloud, None
        self.dir, self.log = root.path, bench.path("log")
        bench.daemons.append(self)  # its last words are told, and it is ended
        os.mknod(self.log)

    def configure(self):
        info, root = self.cloud.info, self.root
        root.write("/etc/credstore/cmekd.tidbcloud-api-key", open(info["api_key_file"], encoding="ascii").read(), 0o600)
        root.write("/etc/credstore/cmekd.aws-credentials", open(info["aws_credentials_file"], encoding="ascii").read(), 0o600)
        edit(root.file("/etc/cmekd/cmekd.conf"), "#CredentialsFile=\n", "CredentialsFile=aws-credentials\n")
        root.write("/etc/cmekd/projects.d/prod.conf",
                   f"[Project]\nId={info['projects'][0]['id']}\nVendorAccount={info['vendor_account']}\n")
        root.write("/etc/cmekd/ca.pem", open(self.cloud.ca, encoding="ascii").read())
        root.write("/etc/cmekd/cmekd.conf.d/stand-in.conf",
                   f"[TiDBCloud]\nEndpoint={info['endpoint']}\nDedicatedEndpoint={info['endpoint']}\n"
                   f"[AWS]\nEndpointURL={info['endpoint']}\n"
                   "[Network]\nCAFile=/etc/cmekd/ca.pem\n[Project]\nPollInterval=200ms\nConfirmInterval=80ms\nGracePeriod=500ms\n"
                   "RestoreDelay=500ms\nClustersInterval=1s\nIncidentInterval=250ms\n")

    def start(self):
        """As the unit does it: that user, its folders, its credentials."""
        script = ("set -e; install -d -o cmekd -g cmekd -m 700 /var/lib/cmekd /run/credentials; install -d -o cmekd -g cmekd /run/cmekd;"
                  "for name in tidbcloud-api-key aws-credentials; do"
                  "    install -o cmekd -g cmekd -m 400 /etc/credstore/cmekd.$name /run/credentials/$name;"
                  "done; exec setpriv --reuid=cmekd --regid=cmekd --clear-groups cmekd")
        self.process = self.root.start("sh", "-c", script, log=self.log, env={"CREDENTIALS_DIRECTORY": "/run/credentials"})

    def stop(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
            os.kill(int(f.read().split()[0]), signal.SIGTERM)
        check(self.process.wait(30 * TIME_FACTOR) == 0, self.stderr())

    def status(self, *words):
        return self.root.run("cmekctl", "status", *words)

    def wait_ok(self):
        wait_for(lambda: self.status("prod").status == 0, "cmekctl status exits 0", 60, every=0.2)
        got = self.status("prod")
        check(re.match(r"prod +OK", got.out), got)
        return got

    def stderr(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    @staticmethod
    def ledger_ends():
        return ""


def walk(walker):
    root = walker.root
    with case("README.md: three lines of a project, the credentials, cmekd --check-config, status OK"):
        walker.configure()
        got = root.run("cmekd", "--check-config")
        check(got.status == 0 and not got.err and "prod.conf" in got.out and "CredentialsFile=aws-credentials" in got.out, got)
        walker.start()
        got = walker.wait_ok()
        check(all(name in got.out for name in ("orders", "billing", "archive")), got)
    with case("a mistake is told with its file and line"):
        root.write("/etc/cmekd/projects.d/other.conf", "[Project]\nId=no number\n")
        got = root.run("cmekd", "--check-config")
        check(got.status == 1 and "/etc/cmekd/projects.d/other.conf:2:" in got.err, got)
        os.unlink(root.file("/etc/cmekd/projects.d/other.conf"))


def upgrade(walker):
    root = walker.root
    with case("an upgrade in the middle of an incident: nothing of /etc/cmekd is touched, the ledger goes on, the incident too"):
        got = root.run("cmekctl", "revoke", "prod", "--yes", "--wait")
        check(got.status == 0 and "DARK" in walker.status("prod").out, got)
        ledger, configuration = root.read(LEDGER), {name: root.read(name) for name in CONFIGURATION}
        installs(root, package(walker.bench, NEXT), NEXT)
        check({name: root.read(name) for name in CONFIGURATION} == configuration, "the configuration changed")
        walker.stop()
        walker.start()
        wait_for(lambda: "DARK" in walker.status("prod").out, "dark again")
        check(root.read(LEDGER).startswith(ledger), "not the same ledger")
        got = root.run("cmekctl", "verify", "prod")
        check(got.status == 0, got)
        got = root.run("cmekctl", "restore", "prod", "--yes", "--wait")
        check(got.status == 0, got)
        walker.wait_ok()
        walker.stop()


def removal(walker):
    root = walker.root
    with case("removed: programs and unit are gone; configuration, credentials and ledger stay"):
        ledger = root.read(LEDGER)
        got = apt(root, "remove", "cmekd")
        check(got.status == 0, got)
        check(not any(map(root.has, ("/usr/sbin/cmekd", "/usr/bin/cmekctl", "/lib/systemd/system/cmekd.service"))), "still there")
        check(root.has("/etc/cmekd/projects.d/prod.conf") and root.has("/etc/credstore/cmekd.aws-credentials"), "configuration is gone")
        check(root.read(LEDGER) == ledger, "the ledger changed")
    with case("purged: the configuration is gone, the ledger and the credentials are kept, and that is said"):
        got = apt(root, "purge", "cmekd")
        check(got.status == 0 and not root.has("/etc/cmekd") and not root.has("/run/cmekd"), got)
        check(root.read(LEDGER) == ledger and "/var/lib/cmekd is kept" in got.out, got)
        check(root.has("/etc/credstore/cmekd.aws-credentials") and "/etc/credstore/cmekd.aws-credentials is kept" in got.out, got)
        check(not glob.glob(root.file("/etc/systemd/system/*.wants/cmekd*")), "still enabled")
        check(root.run("dpkg", "-s", "cmekd").status != 0, "dpkg knows it still")
    with case("installed again, and purged where there is no ledger: nothing is left"):
        installs(root, package(walker.bench, NEXT), NEXT)
        check(root.read(LEDGER) == ledger, "the ledger changed")
        for name in ("/var/lib/cmekd", "/etc/credstore"):
            shutil.rmtree(root.file(name))
        os.makedirs(root.file("/var/lib/cmekd/ledger"))
        os.mknod(root.file("/var/lib/cmekd/ledger/.lock"))
        got = apt(root, "purge", "cmekd")
        check(got.status == 0 and "is kept" not in got.out, got)
        left = root.must("find", "/etc", "/usr", "/var", "/run", "-xdev", "-name", "*cmekd*", "-not", "-path", "/var/cache/*")
        check(left == "", left)


def booted(bench):
    """Another program, for it goes on in namespaces of its own. Its cases are told as of this one."""
    got = outside(bench.dir, "env", "CMEKD_PACKAGES=" + bench.dir, f"CMEKD_SRC={SRC}", f"CMEKD_BUILD={BUILD}", sys.executable,
                  os.path.join(os.path.dirname(os.path.abspath(__file__)), "booted.py"))
    cases = re.findall(r"^(not )?ok \d+ - (.*?)(?: # SKIP (.*))?\n((?:#.*\n)*)", got.out, re.M)
    for bad, name, reason, notes in cases:
        if reason:
            tap.skip(name, reason)
        else:
            tap.ok(not bad, name, notes)
    check(f"1..{len(cases)}\n" in got.out and (got.status == 0) != any(bad for bad, *_ in cases), got)


def main():
    reason = refusal()
    if reason:
        tap.skip("the Debian package", reason)
        tap.done()
    with Bench() as bench:
        build(bench)
        root = Root(bench.path("root"))
        with case("a clean root"):
            root.make()
            check(not root.has("/usr/lib/systemd/systemd"), "not as small as it should be")
        installation(bench, root)
        walker = Walk(bench, root, bench.cloud(one_project()))
        walk(walker)
        upgrade(walker)
        removal(walker)
        with case("booted.py goes to its end"):
            booted(bench)
    tap.done()


main()
