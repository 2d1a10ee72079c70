# SPDX-License-Identifier: Apache-2.0
"""units: systemd understands the unit, the promises that the daemon rests on stand in it, and its exposure stays low."""
import configparser
import os
import re
import shutil
import subprocess
import tempfile

import tree
import tap

PROMISES = {
    "Type": "notify", "NotifyAccess": "main", "Restart": "always", "ExecReload": "/bin/kill -HUP $MAINPID",
    "LimitCORE": "0",            # a dump would hold the secrets
    "User": "cmekd", "StateDirectory": "cmekd", "RuntimeDirectory": "cmekd", "ConfigurationDirectory": "cmekd",
    "RuntimeDirectoryMode": "0755",  # anyone may connect and is told
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "PrivateTmp": "yes", "MemoryDenyWriteExecute": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6", "CapabilityBoundingSet": "",
}
EXPOSURE_MAX = 15  # tenths, as `systemd-analyze security --threshold` counts


def check_promises(text):
    unit = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",), delimiters=("=",))
    unit.optionxform = str
    unit.read_string(text)
    service = unit["Service"]
    problems = [f"{k}={service.get(k)!r}, must be {v!r}" for k, v in PROMISES.items() if service.get(k) != v]
    if "WatchdogSec" not in service:
        problems.append("no WatchdogSec=")
    if "PrivateUsers" in service:
        problems.append("PrivateUsers= hides the uid of who asks on the control socket")
    if "@" in service.get("ExecStart", "@"):
        problems.append(f"ExecStart={service.get('ExecStart')} was not filled in")
    return problems


def check_systemd(text):
    """What systemd-analyze says. The program need not be installed where this runs: any will do."""
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M)
    with tempfile.TemporaryDirectory() as out:
        path = os.path.join(out, "cmekd.service")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", path],
                              capture_output=True, text=True)
        problems = [line for line in done.stderr.splitlines() if "cmekd.service" in line]
        if done.returncode != 0 and not problems:
            problems.append(done.stderr[:400])
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                               f"--threshold={EXPOSURE_MAX}", path], capture_output=True, text=True)
        if done.returncode != 0:
            level = re.search(r"exposure level.*", done.stdout + done.stderr)
            problems.append(level.group(0) if level else done.stderr[:400])
    return problems


def main():
    with open(os.path.join(tree.BUILD, "systemd/cmekd.service"), encoding="utf-8") as f:
        text = f.read()
    tap.empty(check_promises(text), "the unit keeps what the daemon rests on")

    def fails(name, problems, wanted):
        tap.ok(len(problems) == 1 and re.search(wanted, problems[0]), "reports " + name, problems)

    fails("core dumps", check_promises(text.replace("LimitCORE=0", "LimitCORE=infinity")), "LimitCORE")
    fails("a unit without watchdog", check_promises(text.replace("WatchdogSec=", "#WatchdogSec=")), "Watchdog")
    fails("hidden uids", check_promises(text.replace("UMask=", "PrivateUsers=yes\nUMask=")), "PrivateUsers")
    fails("a path that was not filled in", check_promises(re.sub("ExecStart=.*", "ExecStart=@sbindir@/cmekd", text)),
          "filled in")
    if shutil.which("systemd-analyze"):
        tap.empty(check_systemd(text), "systemd-analyze finds nothing")
        fails("a key that systemd does not know", check_systemd(text.replace("UMask=", "UMaks=")), "UMaks")
        fails("an open unit", check_systemd(re.sub(r"^(Protect|Private|Restrict|System|NoNew|Capab).*\n", "", text, flags=re.M)),
              "exposure level")
    else:
        tap.skip("systemd-analyze finds nothing", "systemd-analyze is not installed")
    tap.done()


if __name__ == "__main__":
    main()
