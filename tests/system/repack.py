# SPDX-License-Identifier: Apache-2.0
"""repack: makes of a package that is installed one of a higher version, with the same files and maintainer scripts, so that an upgrade can
be played where no other version is to be had."""
import glob
import os
import shutil
import subprocess

from container import TIME_FACTOR

SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "conffiles", "triggers")


def version(container, name):
    """None: it is not installed as a package."""
    got = container.run("dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", name)
    status, _, number = got.out.partition(" ")
    return number if got.status == 0 and status == "installed" else None


def _fields(text, number):
    """The control file: as dpkg keeps it, without what it adds."""
    lines, kept = [], True
    for line in text.splitlines():
        if not line.startswith(" "):
            kept = line.split(":")[0] not in ("Status", "Conffiles", "Config-Version", "Version")
        if kept:
            lines.append(line)
    return "\n".join([*lines, f"Version: {number}", ""])


def repack(container, name, number, folder):
    """The path of the package, in `folder`."""
    tree = os.path.join(folder, f"{name}_{number}")
    os.makedirs(os.path.join(tree, "DEBIAN"), mode=0o755)
    for path in container.must("dpkg-query", "--listfiles", name).splitlines():
        source, target = container.path(path), os.path.join(tree, path.lstrip("/"))
        if os.path.isdir(source):  # /lib too, which is a link where it was unpacked
            os.makedirs(target, exist_ok=True)
        elif os.path.islink(source):
            os.symlink(os.readlink(source), target)
        elif os.path.exists(source):  # some images leave manual pages and documents out
            shutil.copy2(source, target)
    with open(os.path.join(tree, "DEBIAN", "control"), "w", encoding="utf-8") as f:
        f.write(_fields(container.must("dpkg-query", "--status", name), number))
    for path in glob.glob(container.path(f"var/lib/dpkg/info/{name}.*")):
        if path.rpartition(".")[2] in SCRIPTS:
            shutil.copy2(path, os.path.join(tree, "DEBIAN", path.rpartition(".")[2]))
    done = subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", tree, tree + ".deb"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120 * TIME_FACTOR, check=False)
    if done.returncode != 0:
        raise AssertionError("dpkg-deb: " + done.stdout)
    return tree + ".deb"
