# SPDX-License-Identifier: Apache-2.0
"""notices: what is told besides the journal's line: the message catalog says what the table of notices says, the runbook has a section for each
alert that a person must act on, and its commands are ones that cmekctl understands.

    CMEKD_SRC=. CMEKD_BUILD=build python3 tests/guard/notices.py --catalog >systemd/cmekd.catalog
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap

import tables
import tree
import tap

IDLE = ("nothing to do", "cmekctl status")  # a warning with no more than this to do needs no page
PROGRAMS = {"aws", "cmekctl", "cmekd", "cp", "df", "journalctl", "systemctl", "timedatectl"}
KMS = {"disable-key", "enable-key", "get-key-policy", "list-grants", "revoke-grant"}
CMEKD = {"--check-config"}


def needs_page(row):
    return int(row["priority"]) <= 3 or (row["priority"] == "4" and row["todo"] not in IDLE)


def catalog(rows):
    text = "# SPDX-License-Identifier: Apache-2.0\n# From NOTICE_TABLE, by tests/guard/notices.py --catalog; see journalctl -x.\n"
    for row in rows:
        body = "Nothing is to be done." if row["todo"] == IDLE[0] else f"What to do: {row['todo']}."
        if needs_page(row):
            body += f" The section \"{row['name']}\" of cmekd's runbook (runbook.md) goes through it."
        text += f"\n-- {row['id']}\nSubject: cmekd: {row['what']}\nDefined-By: cmekd\nSupport: man:cmekd(8)\n\n"
        text += "\n".join(textwrap.wrap(body, 78, break_long_words=False, break_on_hyphens=False)) + "\n"
    return text


def compiled(text, ids):
    """What journalctl finds of these ids in a catalog; None: it cannot be asked here."""
    if not shutil.which("journalctl"):
        return None
    with tempfile.TemporaryDirectory() as root:
        tree.write(root, "usr/lib/systemd/catalog/cmekd.catalog", text)
        os.makedirs(os.path.join(root, "var/lib/systemd/catalog"))
        done = subprocess.run(["journalctl", "--root", root, "--update-catalog"], capture_output=True, text=True)
        listed = subprocess.run(["journalctl", "--root", root, "--list-catalog"], capture_output=True, text=True).stdout
    return [i for i in ids if i not in listed] + done.stderr.splitlines() if listed or done.returncode == 0 else None


def check_sections(rows, text):
    sections = re.findall(r"^## (\S+)$", text, re.M)
    wanted = {row["name"] for row in rows if needs_page(row)}
    known = {row["name"] for row in rows}
    return [f"the runbook has no section for {n}" for n in sorted(wanted - set(sections))] + \
           [f"the runbook has a section {n}, which is no notice" for n in sorted(set(sections) - known)] + \
           [f"the runbook has {n} twice" for n in sorted(set(s for s in sections if sections.count(s) > 1))] + \
           [f"the section {s.split()[0]} has no command" for s in re.split(r"^## ", text, flags=re.M)[1:] if "\n$ " not in s]


def commands(text):
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def misread(words):
    """Why cmekctl does not understand them; "": it does. It gets no further than to a daemon that there is not."""
    done = subprocess.run([os.path.join(tree.BUILD, "cmekctl"), *words, "--json", "--socket", "/nonexistent/io.cmekd"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    error = json.loads(done.stdout).get("error", {}) if done.stdout.startswith("{") else {}
    return error["text"] if error.get("id") == "usage" else ""


def check_commands(lines):
    problems = []
    for line in lines:
        words = shlex.split(line)
        if words[0] not in PROGRAMS:
            problems.append(f"{line}: a program that the guard does not know")
        elif words[0] == "cmekctl" and misread(words[1:]):
            problems.append(f"{line}: {misread(words[1:])}")
        elif words[0] == "aws" and (words[1] != "kms" or words[2] not in KMS):
            problems.append(f"{line}: an operation that the guard does not know")
        elif words[0] == "cmekd" and not set(words[1:]) <= CMEKD:
            problems.append(f"{line}: cmekd has no such option")
    return problems


def main():
    rows = tables.rows(tree.SRC, "notice")
    if sys.argv[1:] == ["--catalog"]:
        sys.stdout.write(catalog(rows))
        return
    text, runbook = tree.read("systemd/cmekd.catalog"), tree.read("doc/runbook.md")
    tap.ok(text == catalog(rows), "the message catalog says what the table of notices says",
           "make it anew: tests/guard/notices.py --catalog >systemd/cmekd.catalog")
    found = compiled(text, [row["id"] for row in rows])
    if found is None:
        tap.skip("journalctl takes the catalog", "journalctl cannot make one here")
    else:
        tap.empty(found, "journalctl takes the catalog")
    tap.empty(check_sections(rows, runbook), "the runbook has a section, with commands, for each alert that a person must act on")
    tap.empty(check_commands(commands(runbook)), "its commands are understood")

    def fails(name, problems, wanted):
        tap.ok(len(problems) == 1 and re.search(wanted, problems[0]), "reports " + name, problems)

    row = {"name": "lost", "priority": "2", "id": "0" * 31 + "1", "what": "it is lost", "todo": "look"}
    page = "## lost\n\n```console\n$ cmekctl status\n```\n"
    tap.empty(check_sections([row], page) + check_commands(commands(page)), "a good page has no problem")
    tap.ok(catalog([row]) != catalog([dict(row, todo="look again")]), "a catalog of before is another")
    fails("an alert without a section", check_sections([row, dict(row, name="gone")], page), "no section for gone")
    fails("a section of no alert", check_sections([row], page + page.replace("lost", "list")), "list, which is no notice")
    fails("a section without a command", check_sections([row], "## lost\n\nLook.\n"), "lost has no command")
    tap.empty(check_sections([dict(row, priority="5", name="fine")], ""), "what is no alert needs no section")
    fails("a verb that there is not", check_commands(["cmekctl stats"]), "no verb")
    fails("an option that the verb has not", check_commands(["cmekctl decline prod#7 --wait"]), "--wait")
    fails("an argument that is none", check_commands(["cmekctl approve prod"]), "names no incident")
    fails("a program that nobody checks", check_commands(["curl x"]), "does not know")
    fails("an operation of KMS that nobody checks", check_commands(["aws kms shred-key"]), "does not know")
    if found is not None:
        tap.ok(compiled(catalog([row]), ["0" * 31 + "2"]), "reports a message that the catalog lacks")
    tap.done()


if __name__ == "__main__":
    sys.exit(main())
