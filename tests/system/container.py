# SPDX-License-Identifier: Apache-2.0
"""container: a real systemd, booted in a container over the running root, with cmekd installed in it.

    apart("what the test shows")     # the rest runs in namespaces of its own, or is skipped with the reason
    with Bench() as bench:
        container = Container(bench)
        container.install()
        container.boot()
        container.run("systemctl", "start", "cmekd")

apart() starts the test again as the first process of a PID namespace, with mounts, a loopback and cgroups of its own. What it
makes, an overlay over /, lies on a tmpfs that nobody else sees: when that process ends, also by SIGKILL, everything that runs in
there ends with it and every file is gone. Two tests at a time do not meet, and nothing in there reaches the network.

systemd-nspawn boots the container, without machined, which is not everywhere. Commands get into it by nsenter. Each has its time.
"""
import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))

from harness import BUILD, CMEKD, TIME_FACTOR, Result, tap, wait_for

# Test the cmekd that is installed on this machine, instead of what this tree installs.
INSTALLED = os.environ.get("CMEKD_INSTALLED") == "1"
PLACE = "CMEKD_SYSTEM_PLACE"  # the environment names the folder to the inner of the two processes

_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWPID, _CLONE_NEWNET = 0x20000, 0x8000000, 0x20000000, 0x40000000
_PR_SET_PDEATHSIG = 1
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_libc = ctypes.CDLL(None, use_errno=True)

# The same for whoever asks: no colours, no pager, no words in another language.
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root",
                "SYSTEMD_PAGER": "cat", "SYSTEMD_COLORS": "0", "SYSTEMD_LOG_LEVEL": "notice"}

NSPAWN = ("systemd-nspawn", "--quiet", "--settings=no", "--register=no", "--keep-unit", "--machine=cmekd-test",
          "--resolv-conf=off", "--timezone=off", "--link-journal=no")


class Refused(Exception):
    """This machine does not give what the test needs."""


def _unshare(flags, what):
    if _libc.unshare(flags) != 0:
        raise Refused(f"unshare({what}): {os.strerror(ctypes.get_errno())}")


def _tool(*argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=60 * TIME_FACTOR, env=_ENVIRONMENT, check=False)
    if done.returncode != 0:
        raise Refused(f"{' '.join(argv)}: {' '.join(done.stdout.split()) or f'exit {done.returncode}'}")


# ---- cgroups: systemd-nspawn makes some below its own, so it is given one that no other has ----


def _cgroups():
    """The folders of this process in the hierarchies by which systemd keeps processes apart."""
    own = {}
    with open("/proc/self/cgroup", encoding="utf-8") as f:
        for line in f:
            number, names, path = line.rstrip("\n").split(":", 2)
            own["unified" if number == "0" else names] = path
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        for line in f:
            fields, _, rest = line.partition(" - ")
            root, point = fields.split(" ")[3:5]
            kind, _, options = rest.split(" ", 2)
            name = "unified" if kind == "cgroup2" else "name=systemd" if "name=systemd" in options else None
            if kind.startswith("cgroup") and name in own:
                found.append(os.path.normpath(os.path.join(point, os.path.relpath(own[name], root))))
    return found


def _remove_cgroups(name):
    """The processes in them have been killed, but may not be gone yet."""
    end = time.monotonic() + 10 * TIME_FACTOR
    left = [os.path.join(folder, name) for folder in _cgroups()]
    while left and time.monotonic() < end:
        for top in left:
            for folder, _, _ in os.walk(top, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
        left = [top for top in left if os.path.exists(top)]
        time.sleep(0.02)


# ---- the two processes ----


def apart(name):
    """Goes on in namespaces of its own, as another process, or skips the test."""
    try:
        if PLACE in os.environ:
            _settle(os.environ[PLACE])
            return
        if os.getuid() != 0:
            raise Refused("needs root")
        if not shutil.which("systemd-nspawn"):
            raise Refused("systemd-nspawn is not installed (Debian: systemd-container)")
        if not INSTALLED and "(default /etc/cmekd)" not in subprocess.run([CMEKD, "--help"], stdout=subprocess.PIPE, text=True,
                                                                          check=True).stdout:
            raise Refused("this tree is configured for other folders than a unit has: ../configure --prefix=/usr "
                          "--sysconfdir=/etc --localstatedir=/var --runstatedir=/run")
        _unshare(_CLONE_NEWPID, "PID namespace")
    except Refused as e:
        tap.skip(name, str(e))
        tap.done()
    sys.exit(_guard())


def _guard():
    """Starts the inner process, waits for it, and removes what it leaves. Its exit status."""
    def before():
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def end(*unused):
        sys.exit(143)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    place, inner = tempfile.mkdtemp(prefix="cmekd-system-"), None
    try:
        inner = subprocess.Popen([sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]], stdin=subprocess.DEVNULL,
                                 env={**os.environ, PLACE: place}, preexec_fn=before)
        return inner.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if inner is not None and inner.poll() is None:
            inner.terminate()  # it tells what it was at
            with contextlib.suppress(subprocess.TimeoutExpired):
                inner.wait(5)
            inner.kill()
            inner.wait()
        _remove_cgroups(os.path.basename(place))
        os.rmdir(place)  # nothing was ever written into it that is seen here


def _settle(place):
    """The first process of the PID namespace makes the rest of its world."""
    _unshare(_CLONE_NEWNS | _CLONE_NEWNET | _CLONE_NEWIPC, "mount, network and IPC namespaces")
    _tool("mount", "--make-rprivate", "/")
    _tool("mount", "-t", "proc", "proc", "/proc")
    _tool("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run")  # what systemd-nspawn leaves there
    _tool("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", place)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        flags = struct.unpack("16sh", fcntl.ioctl(s, _SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))[:18])[1]
        fcntl.ioctl(s, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))
    for folder in ("upper", "work", "root", "tmp"):
        os.mkdir(os.path.join(place, folder))
    _tool("mount", "-t", "overlay", "-o", f"lowerdir=/,upperdir={place}/upper,workdir={place}/work", "overlay", place + "/root")
    for folder in _cgroups():
        try:
            os.mkdir(os.path.join(folder, os.path.basename(place)))
        except OSError as e:
            raise Refused(f"a cgroup of its own: {e}") from None
    # Whatever is refused to a container is refused to this one; from here on a failure is one of the test.
    tempfile.tempdir = os.path.join(place, "tmp")
    done = _nspawn(place, ["--directory", place + "/root", "--", "true"])
    try:
        text, _ = done.communicate(timeout=60 * TIME_FACTOR)
    except subprocess.TimeoutExpired:
        done.kill()
        text = "does not end"
    if done.returncode != 0:
        raise Refused(f"systemd-nspawn: {' '.join(text.split())}")


def _nspawn(place, arguments, output=subprocess.PIPE):
    joined = [os.path.join(folder, os.path.basename(place), "cgroup.procs") for folder in _cgroups()]

    def before():
        for path in joined:
            with open(path, "w", encoding="ascii") as f:
                f.write("0")
    # In a session of its own: what tells the test to end must not shut down what the test then wants to tell about.
    return subprocess.Popen([*NSPAWN, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True,
                            errors="replace", env=_ENVIRONMENT, preexec_fn=before, start_new_session=True)


# ---- the container ----


class Container:
    """A root of its own, over the running one, and the systemd that runs in it."""

    def __init__(self, bench):
        self.place = os.environ[PLACE]
        self.root = os.path.join(self.place, "root")
        self.console = os.path.join(self.place, "console")
        self.process = self.leader = None
        bench.cleanups.append(self.kill)
        signal.signal(signal.SIGTERM, self._on_term)
        self._tidy()

    def _on_term(self, *unused):
        """It took too long: what it was at is told before it ends."""
        tap.note(self.said())
        sys.exit(143)

    def _tidy(self):
        """Takes out what this machine starts, mounts and keeps: only what its packages bring is left."""
        for folder in ("etc/systemd", "var/lib/systemd", "var/log/journal", "var/lib/cmekd", *(f"etc/rc{n}.d" for n in "0123456S")):
            shutil.rmtree(self.path(folder), ignore_errors=True)
        if not INSTALLED:
            shutil.rmtree(self.path("etc/cmekd"), ignore_errors=True)
        for name in ("etc/fstab", "etc/crypttab", "etc/machine-id"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path(name))
        self.write("etc/machine-id", uuid.uuid4().hex + "\n")
        self.write("etc/hostname", "cmekd-test\n")
        self.link("etc/systemd/system/default.target", "/lib/systemd/system/multi-user.target")
        self.link("etc/systemd/system/getty.target", "/dev/null")
        os.makedirs(self.path("var/log/journal"))
        os.makedirs(self.path("var/lib/systemd"))

    def install(self):
        """As an administrator would: make install. What an installation asks for beside it is run when it is booted."""
        if INSTALLED:
            return
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        done = subprocess.run(["make", "-C", BUILD, "V=0", "install", f"DESTDIR={self.root}"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120 * TIME_FACTOR, env=env,
                              check=False)
        if done.returncode != 0:
            raise AssertionError("make install: " + done.stdout[-4000:])

    # ---- its files, seen from outside ----

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as f:
            os.chmod(self.path(name), mode)
            f.write(text)

    def link(self, name, target):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        os.symlink(target, self.path(name))

    def live(self, name):
        """A path of the running container, that of a file on its own /run for example."""
        return f"/proc/{self.leader}/root/{name.lstrip('/')}"

    # ---- its life ----

    def boot(self):
        with open(self.console, "ab") as f:
            self.process = _nspawn(self.place, ["--directory", self.root, "--boot"], f)
        self.leader = wait_for(self._find_leader, "systemd-nspawn started the container", 60)
        wait_for(self._is_up, "the container is booted", 120, every=0.1)

    def _find_leader(self):
        """The first process of the container: the only child that systemd-nspawn keeps, in a PID namespace of its own."""
        if self.process.poll() is not None:
            raise AssertionError(f"systemd-nspawn ended with {self.process.returncode}\n" + self.said())
        for number in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as f:
                    parent = int(f.read().rpartition(")")[2].split()[1])
                if parent == self.process.pid and os.readlink(f"/proc/{number}/ns/pid") != os.readlink("/proc/self/ns/pid"):
                    return int(number)
        return None

    def _is_up(self):
        self._find_leader()
        try:
            state = self.run("systemctl", "is-system-running", timeout=20).out.strip()
        except subprocess.TimeoutExpired:
            return False
        if state == "degraded":
            tap.note("failed in the container: " + self.run("systemctl", "--failed", "--plain", "--no-legend").out)
        return state in ("running", "degraded")

    def reboot(self):
        """An orderly one, and the next boot over the same root."""
        self.run("systemctl", "reboot", "--no-block")
        status = self.process.wait(90 * TIME_FACTOR)
        if status != 133:  # systemd-nspawn(1): the container asked for a reboot
            raise AssertionError(f"systemd-nspawn ended with {status} at a reboot\n" + self.said())
        self.boot()

    def kill(self):
        for number in (self.leader, self.process and self.process.pid):
            if number and self.process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
        if self.process:
            self.process.wait()

    # ---- commands in it ----

    def run(self, *argv, who=None, stdin=None, timeout=60.0):
        """A command in the container's namespaces, as root or as a user of the container."""
        enter = ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"]
        if who is not None:
            enter += ["setpriv", f"--reuid={who}", f"--regid={who}", "--init-groups", "--no-new-privs"]
        with subprocess.Popen([*enter, *argv], stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                              env=_ENVIRONMENT, start_new_session=True) as process:
            try:
                out, err = process.communicate(stdin, timeout * TIME_FACTOR)
            except BaseException:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # nsenter alone would leave its child
                raise
        return Result(process.returncode, out, err)

    def must(self, *argv, **arguments):
        got = self.run(*argv, **arguments)
        if got.status != 0:
            raise AssertionError(f"{' '.join(argv)}: {got!r}")
        return got.out

    # ---- what it says ----

    def said(self):
        """For people: the ends of its console and of its journal, which can be read when it is dead, too."""
        text = ""
        with contextlib.suppress(OSError):
            with open(self.console, encoding="utf-8", errors="replace") as f:
                text = "\nthe console ends with:\n" + "\n".join(line for line in f.read().splitlines()[-15:] if line.strip())
        for what, chosen in (("what it says of cmekd", ["--unit=cmekd", "--lines=120"]), ("its warnings", ["--priority=warning", "--lines=20"])):
            with contextlib.suppress(subprocess.SubprocessError, OSError):
                done = subprocess.run(["journalctl", "--quiet", "--no-pager", "--output=short-precise", "--directory",
                                       self.path("var/log/journal"), *chosen], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, errors="replace", timeout=20 * TIME_FACTOR,
                                      env=_ENVIRONMENT, check=False)
                text += f"\nits journal, {what}:\n" + done.stdout
        return text
