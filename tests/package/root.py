# SPDX-License-Identifier: Apache-2.0
"""root: a clean root of this machine's release of Debian, in which packages are installed and programs run.

    root = Root(bench.path("root"))
    root.make()
    root.must("apt-get", "-y", "install", "./x.deb")

A root is unpacked from a tar that mmdebstrap makes of this machine's apt sources; a young one in the build tree is taken again. What
runs in it has mounts and PIDs of its own, which end with it: nothing is ever mounted that somebody else would see.
"""
import contextlib
import os
import shutil
import subprocess
import time

from harness import BUILD, TIME_FACTOR, Result

TAR = os.path.join(BUILD, "package-root.tar")
TAR_MAX_AGE_S = 12 * 3600  # of the lists of packages in it
# With mounts and PIDs of its own: when unshare is killed, its child is, with that all that was started in there, and the mounts go.
ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}


def release():
    """The codename of this machine's Debian; None if it is something else."""
    with contextlib.suppress(OSError), open("/etc/os-release", encoding="utf-8") as f:
        told = dict(line.rstrip("\n").split("=", 1) for line in f if "=" in line)
        if told.get("ID") == "debian":
            return told.get("VERSION_CODENAME")
    return None


def _say(*argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout


def mirror():
    """Where this machine has its release of Debian from; None if its apt sources do not tell. Before the first apt-get update apt does not
    know whose a source is: then its name has to do."""
    for options in ((), ("--no-release-info",)):
        for line in _say("apt-get", "indextargets", *options, "--format", "$(ORIGIN)|$(CODENAME)|$(RELEASE)|$(REPO_URI)|$(COMPONENT)",
                         "Created-By: Packages").splitlines():
            origin, codename, suite, uri, component = line.split("|")
            ours = (origin, codename) == ("Debian", release()) if not options else suite == release() and uri.endswith("/debian/")
            if ours and component == "main":
                return uri
    return None


def _options():
    """What this machine's apt needs to reach its mirror."""
    options = []
    for name in ("Acquire::http::Proxy", "Acquire::https::Proxy"):
        value = _say("apt-config", "--format", "%v%n", "dump", name).strip()
        options += [f'--aptopt={name} "{value}"'] if value else []
    return options


class Root:
    def __init__(self, path):
        self.path = path

    def make(self):
        if not os.path.exists(TAR) or time.time() - os.stat(TAR).st_mtime > TAR_MAX_AGE_S:
            self._make_tar(os.path.dirname(self.path))
        os.mkdir(self.path)
        subprocess.run(["tar", "-C", self.path, "-xf", TAR], stdin=subprocess.DEVNULL, check=True)

    @staticmethod
    def _make_tar(directory):
        """It is made in `directory`, which the user must be able to enter as whom apt fetches."""
        os.chmod(directory, 0o711)
        os.mkdir(os.path.join(directory, "tmp"), 0o755)
        made = f"{TAR}.{os.getpid()}.tar"
        try:
            done = subprocess.run([*ALONE, "mmdebstrap", "--variant=minbase", "--skip=cleanup/apt/lists", "--dpkgopt=force-unsafe-io", *_options(),
                                   release(), made, f"deb {mirror()} {release()} main"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                  env={**_ENVIRONMENT, "TMPDIR": os.path.join(directory, "tmp")}, timeout=400 * TIME_FACTOR,
                                  check=False)
            if done.returncode != 0:
                raise AssertionError("mmdebstrap: " + done.stdout[-4000:])
            os.replace(made, TAR)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(made)

    # ---- its files, seen from outside ----

    def file(self, name):
        return os.path.join(self.path, name.lstrip("/"))

    def has(self, name):
        return os.path.lexists(self.file(name))

    def read(self, name):
        with open(self.file(name), encoding="utf-8") as f:
            return f.read()

    def write(self, name, text, mode=0o644):
        with open(self.file(name), "w", encoding="utf-8") as f:
            os.chmod(self.file(name), mode)
            f.write(text)

    def take(self, path):
        """A copy of a file of this machine, on top of the root."""
        shutil.copy(path, self.path)
        return "./" + os.path.basename(path)

    # ---- commands in it ----

    def argv(self, *argv):
        return [*ALONE, "--root", self.path, "--wd", "/", *argv]

    def start(self, *argv, log, env=None):
        with open(log, "ab") as f:
            return subprocess.Popen(self.argv(*argv), stdin=subprocess.DEVNULL, stdout=f, stderr=f, env={**_ENVIRONMENT, **(env or {})})

    def run(self, *argv, timeout=300.0):
        done = subprocess.run(self.argv(*argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors="replace", env=_ENVIRONMENT, timeout=timeout * TIME_FACTOR, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def must(self, *argv, **arguments):
        got = self.run(*argv, **arguments)
        if got.status != 0:
            raise AssertionError(f"{' '.join(argv)}: {got!r}")
        return got.out
