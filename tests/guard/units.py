# SPDX-License-Identifier: Apache-2.0
"""units: systemd understands the units, the promises that the daemon rests on stand in them, exposure stays low, and each thing
that the sandbox leaves open has its reason written in the unit."""
import configparser
import json
import os
import re
import shutil
import subprocess
import tempfile

import tree
import tap

PROMISES = {
    "Type": "notify", "NotifyAccess": "main", "Restart": "always",
    "ExecReload": "/bin/sh -c 'kill -HUP \"$MAINPID\"'",  # the program kill is not on every Debian
    "LimitCORE": "0",            # a dump would hold the secrets
    "BusName": "io.cmekd",       # systemctl service-log-level asks this name
    "LogRateLimitIntervalSec": "0",  # else journald drops alerts when many come at once
    "RuntimeDirectoryPreserve": "yes",  # else a stop removes the socket of cmekd.socket
    "User": "cmekd", "StateDirectory": "cmekd", "RuntimeDirectory": "cmekd", "ConfigurationDirectory": "cmekd",
    "RuntimeDirectoryMode": "0755",  # anyone may connect and is told
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "PrivateTmp": "yes", "MemoryDenyWriteExecute": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6", "CapabilityBoundingSet": "",
}
EXPOSURE_MAX = 12  # tenths, as `systemd-analyze security --threshold` counts


def read_unit(text):
    unit = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",), delimiters=("=",))
    unit.optionxform = str
    unit.read_string(text)
    return unit


def check_promises(text):
    unit = read_unit(text)
    service = unit["Service"]
    problems = [f"{k}={service.get(k)!r}, must be {v!r}" for k, v in PROMISES.items() if service.get(k) != v]
    if unit["Unit"].get("StartLimitIntervalSec") != "0":
        problems.append("StartLimitIntervalSec= is not 0: systemd would give up starting it")
    if "WatchdogSec" not in service:
        problems.append("no WatchdogSec=")
    if "PrivateUsers" in service:
        problems.append("PrivateUsers= hides the uid of who asks on the control socket")
    if "@" in service.get("ExecStart", "@"):
        problems.append(f"ExecStart={service.get('ExecStart')} was not filled in")
    return problems


def check_socket(text, service, default):
    """`default`: the path that cmekctl has built in."""
    socket = read_unit(text)["Socket"]
    problems = []
    if socket.get("ListenStream") != default:
        problems.append(f"cmekd.socket listens on {socket.get('ListenStream')}, cmekctl asks {default}")
    if socket.get("SocketMode") != "0666":
        problems.append("cmekd.socket: SocketMode= is not 0666: anyone may connect and is told")
    if re.search(r"^(Also|Requires|Wants|Sockets)=.*cmekd.socket", service, re.M):
        problems.append("cmekd.service pulls cmekd.socket in, which is shipped disabled")
    return problems


def analyze(text, socket, *command):
    """What systemd-analyze says of the units. The program need not be installed where this runs: any will do."""
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M)
    with tempfile.TemporaryDirectory() as out:
        for name, content in (("cmekd.service", text), ("cmekd.socket", socket)):
            tree.write(out, name, content)
        return subprocess.run(["systemd-analyze", *command, *[os.path.join(out, n) for n in ("cmekd.service", "cmekd.socket")
                                                             if command[0] == "verify" or n == "cmekd.service"]],
                              capture_output=True, text=True)


def check_systemd(text, socket):
    done = analyze(text, socket, "verify", "--man=no", "--recursive-errors=no")
    problems = [line for line in done.stderr.splitlines() if "cmekd." in line]
    if done.returncode != 0 and not problems:
        problems.append(done.stderr[:400])
    done = analyze(text, socket, "security", "--offline=yes", "--no-pager", f"--threshold={EXPOSURE_MAX}")
    if done.returncode != 0:
        level = re.search(r"exposure level.*", done.stdout + done.stderr)
        problems.append(level.group(0) if level else done.stderr[:400])
    return problems


def check_reasons(text, socket):
    """What counts against the unit is named in a comment of it, "# - NAME", with the reason."""
    done = analyze(text, socket, "security", "--offline=yes", "--no-pager", "--json=short")
    said = " ".join(re.findall(r"^# - (.*?):", text, re.M))
    problems = []
    for row in json.loads(done.stdout):
        names = [n.split("_(")[-1] for n in re.split(r"[|/)]", row["name"].split("~")[-1])]
        if float(row["exposure"] or 0) > 0 and not any(n and n.rstrip("=") in said for n in names):
            problems.append(f"{row['name']} counts {row['exposure']}, and no comment says why it is so")
    return problems


def check_dropins(rules, names):
    """Each is installed from its version on: `make install` of that version, and of each later one, names it."""
    versions = sorted(re.match(r"since-(\d+)\.conf$", n)[1] for n in names)
    return [f"for systemd {v} the wrong drop-ins are installed" for i, v in enumerate(versions)
            if f"if SYSTEMD_{v}\ndropin_DATA = {' '.join(f'systemd/since-{w}.conf' for w in versions[:i + 1])}\n" not in rules]


def main():
    with open(os.path.join(tree.BUILD, "systemd/cmekd.service"), encoding="utf-8") as f:
        text = f.read()
    with open(os.path.join(tree.BUILD, "systemd/cmekd.socket"), encoding="utf-8") as f:
        socket = f.read()
    default = read_unit(socket)["Socket"]["ListenStream"]
    tap.empty(check_promises(text), "the unit keeps what the daemon rests on")
    with open(os.path.join(tree.BUILD, "cmekctl"), "rb") as f:
        tap.ok(default.encode() + b"\0" in f.read(), "the socket unit listens where cmekctl asks", default)
    tap.empty(check_socket(socket, text, default), "the socket unit fits the daemon, and is not pulled in")
    rules = tree.read("systemd/local.mk")
    dropins = [n for n in os.listdir(os.path.join(tree.SRC, "systemd")) if n.startswith("since-")]
    tap.empty(check_dropins(rules, dropins), "what systemd 252 does not know is installed by version")

    def fails(name, problems, wanted):
        tap.ok(len(problems) == 1 and re.search(wanted, problems[0]), "reports " + name, problems)

    fails("core dumps", check_promises(text.replace("LimitCORE=0", "LimitCORE=infinity")), "LimitCORE")
    fails("a unit without watchdog", check_promises(text.replace("WatchdogSec=", "#WatchdogSec=")), "Watchdog")
    fails("a unit that is given up", check_promises(text.replace("StartLimitIntervalSec=", "#")), "give up")
    fails("hidden uids", check_promises(text.replace("UMask=", "PrivateUsers=yes\nUMask=")), "PrivateUsers")
    fails("a path that was not filled in", check_promises(re.sub("ExecStart=.*", "ExecStart=@sbindir@/cmekd", text)),
          "filled in")
    fails("a socket elsewhere", check_socket(socket.replace(default, "/tmp/x"), text, default), "listens on")
    fails("a socket that few may use", check_socket(socket.replace("0666", "0600"), text, default), "SocketMode")
    fails("a socket that comes with the daemon", check_socket(socket, text + "Also=cmekd.socket\n", default), "disabled")
    fails("a drop-in that is not installed", check_dropins(rules, dropins + ["since-999.conf"]), "for systemd 999")
    if shutil.which("systemd-analyze"):
        tap.empty(check_systemd(text, socket), "systemd-analyze finds nothing")
        tap.empty(check_reasons(text, socket), "what the sandbox leaves open has its reason")
        fails("a key that systemd does not know", check_systemd(text.replace("UMask=", "UMaks="), socket), "UMaks")
        fails("such a key of the socket", check_systemd(text, socket.replace("SocketMode=", "SocketMood=")), "SocketMood")
        fails("an open unit", check_systemd(re.sub(r"^(Protect|Private|Restrict|System|NoNew|Capab).*\n", "", text, flags=re.M),
                                            socket), "exposure level")
        fails("one line less", check_systemd(text.replace("RestrictNamespaces=yes\n", ""), socket), "exposure level")
        fails("an exception without reason", check_reasons(text.replace("# - PrivateUsers=", "# - "), socket), "PrivateUsers")
    else:
        tap.skip("systemd-analyze finds nothing", "systemd-analyze is not installed")
    tap.done()


if __name__ == "__main__":
    main()
