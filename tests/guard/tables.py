# SPDX-License-Identifier: Apache-2.0
"""tables: one table, many uses; here is what the compiler cannot compare. The rows are read by compiling a program
that prints them, so that what is checked is what the macros really say."""
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

import tree
import tap

# name of the table -> header, macro, columns. "#": the word itself, "=": its value.
TABLES = {
    "reason": ("model/reason.h", "REASON_TABLE", "#enum =name #outcome #gate =seen =todo"),
    "notice": ("model/notice.h", "NOTICE_TABLE", "#enum =name #priority =id =what =todo"),
    "record": ("model/record.h", "RECORD_TABLE", "#enum =name #fields =meaning"),
    "phase": ("model/incident.h", "PHASE_TABLE", "#enum =name #restart =meaning"),
    "means": ("model/incident.h", "MEANS_TABLE", "#enum =name =meaning"),
    "cut": ("model/incident.h", "CUT_TABLE", "#enum =name #restart =meaning =what =text"),
    "duty": ("model/incident.h", "DUTY_TABLE", "#enum =name #restart =meaning"),
    "dark": ("model/incident.h", "DARK_TABLE", "#enum =name =meaning"),
    "answer": ("model/command.h", "ANSWER_TABLE", "#enum =name =meaning"),
    "cluster_state": ("model/cluster.h", "CLUSTER_STATE_TABLE", "#enum =name =meaning"),
    "act_result": ("model/cluster.h", "ACT_RESULT_TABLE", "#enum =name =meaning"),
    "fault": ("model/key.h", "FAULT_TABLE", "#enum =name"),
    "check": ("driver/checks.h", "CHECK_TABLE", "#enum =name #of =about =problem =unknown"),
    "verb": ("proto/verbs.h", "VERB_TABLE", "#enum =method #needs #streams =words"),
    "grammar": ("grammar.h", "GRAMMAR_TABLE", "#enum =words #arguments =synopsis #options =help =more"),
    "option": ("grammar.h", "GRAMMAR_OPTION_TABLE", "#enum =name =value =help"),
    "section": ("wire/settings_table.h", "SETTING_SECTION_TABLE", "#enum =name"),
    "setting": ("wire/settings_table.h", "SETTING_TABLE",
                "#section =key #place #kind #target =initial #min #max =unit =help"),
}


def rows(root, name):
    """The rows of a table, each a dict."""
    header, macro, columns = TABLES[name]
    if not any(os.path.exists(os.path.join(root, d, header)) for d in ("common", "daemon", "client")):
        return []
    columns = columns.split()
    arguments = ", ".join("a%d" % i for i in range(len(columns)))
    prints = " ".join(f"put(#a{i});" if c[0] == "#" else f"put(a{i});" for i, c in enumerate(columns))
    program = (f'#include <stdio.h>\n#include "{header}"\n'
               'static void put(const char *t) { printf("%s%c", t ? t : "(none)", 31); }\n'
               f'#define X({arguments}) {prints} putchar(30);\nint main(void) {{ {macro}(X) return 0; }}\n')
    with tempfile.TemporaryDirectory() as out:
        exe = os.path.join(out, "rows")
        subprocess.run([*os.environ.get("CMEKD_CC", "gcc").split(), "-std=gnu17", "-w", "-D_GNU_SOURCE",
                        '-DCMEKD_SYSCONFDIR="/etc"', '-DCMEKD_LOCALSTATEDIR="/var"', '-DCMEKD_RUNSTATEDIR="/run"',
                        f"-I{root}/common", f"-I{root}/daemon", f"-I{root}/client", "-x", "c", "-", "-o", exe],
                       input=program, text=True, check=True)
        text = subprocess.run([exe], capture_output=True, text=True, check=True).stdout
    return [dict(zip((c[1:] for c in columns), row.split("\x1f"))) for row in text.split("\x1e")[:-1]]


def check_names(name, table):
    problems = [] if table else [f"{name}: no rows"]
    column = next((c for c in ("name", "words", "key") if table and c in table[0]), None)
    seen = set()
    for row in table:
        key = (row.get("section"), row[column])
        if key in seen:
            problems.append(f"{name}: {row[column]} stands twice")
        seen.add(key)
        for text in ("seen", "todo", "what", "meaning", "help"):
            if text in row and len(row[text].strip()) < 3:
                problems.append(f"{name}: {row[column]}: its {text} says nothing")
    return problems


def check_notices(table):
    problems, ids = [], set()
    for row in table:
        if not re.fullmatch(r"[0-9a-f]{32}", row["id"]):
            problems.append(f"notice {row['name']}: {row['id']!r} is no MESSAGE_ID of 32 lower-case hex digits")
        if row["id"] in ids:
            problems.append(f"notice {row['name']}: its MESSAGE_ID is another's too")
        ids.add(row["id"])
        if row["priority"] not in "01234567":
            problems.append(f"notice {row['name']}: {row['priority']} is no syslog priority")
    return problems


def check_interface(table, text):
    """The interface file and the table of verbs name the same methods."""
    methods = set(re.findall(r"^method (\w+)", text, re.M))
    verbs = {row["method"] for row in table}
    return [f"method {m} has no row in VERB_TABLE" for m in sorted(methods - verbs)] + \
           [f"verb {m} is no method of the interface" for m in sorted(verbs - methods)]


def check_help(table, text, where):
    return [f"{where} does not name {row['words']}" for row in table
            if not re.search(rf"(?<![\w-]){re.escape(row['words'])}(?![\w-])", text)]


def check_manual(table, text, where, places):
    """The manual page names each setting and says of it what the table says."""
    flat = re.sub(r"\s+", " ", text)
    problems = []
    for row in table:
        if row["place"] not in places:
            continue
        if not re.search(rf"\b{row['key']}=", text):
            problems.append(f"{where} does not name {row['key']}=")
        elif re.sub(r"\s+", " ", row["help"]) not in flat:
            problems.append(f"{where} says something else of {row['key']}= than the table: {row['help']!r}")
    return problems


def check_methods(table, text):
    """The manual page of the interface names each method, with its right and whether it streams."""
    said = dict(re.findall(r'^\.BR (\w+) " \((.*)\)"$', text, re.M))
    wanted = {row["method"]: row["needs"].lower() + (", more" if row["streams"] in ("true", "1") else "") for row in table}
    return [f"io.cmekd(7): {m}: says {said.get(m)}, is {wanted.get(m)}" for m in sorted(wanted.keys() | said.keys())
            if said.get(m) != wanted.get(m)]


def check_shipped(table, text, where):
    """Each setting of cmekd.conf is shown in its section, commented out, with its default; and nothing else."""
    problems = []
    known = {(row["section"], row["key"]): row["initial"] for row in table if row["place"] in ("MAIN", "BOTH")}
    shown, section = {}, ""
    for line in text.split("\n"):
        head = re.fullmatch(r"\[(\w+)\]", line)
        setting = re.match(r"#?([A-Z]\w+)=(.*)$", line)
        if head:
            section = head.group(1)
        elif setting:
            shown[section, setting.group(1)] = setting.group(2).strip()
    for (section, key), initial in known.items():
        if (section, key) not in shown:
            problems.append(f"{where} does not show {key}= in [{section}]")
        elif initial != "(none)" and shown[section, key] != initial:
            problems.append(f"{where} shows {key}={shown[section, key]}, the default is {initial}")
    problems += [f"{where} shows {key}= in [{section}], and there is none" for section, key in shown
                 if (section, key) not in known]
    return problems


def roff(text):
    """Manual page source as a reader sees it."""
    for mark, plain in (("\\-", "-"), ("\\(aq", "'"), ("\\&", ""), ("\\fB", ""), ("\\fR", ""), ("\\fI", "")):
        text = text.replace(mark, plain)
    return text


def found(pattern):
    for base in (tree.SRC, tree.BUILD):
        hits = sorted(glob.glob(os.path.join(base, pattern)))
        if hits:
            with open(hits[0], encoding="utf-8") as f:
                return f.read()
    return ""


def cmekctl(*words):
    program = os.path.join(tree.BUILD, "cmekctl")
    if not os.path.exists(program):
        return ""
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=60).stdout


def offered(script):
    """What a completion script offers after each verb: its words and options."""
    arms = {}
    for verb, quote, items in re.findall(r"^\t\"(.+) \"\*\) is=\"\1\" takes=\w+ items=([\"(])(.*)[\")] ;;$", script, re.M):
        arms[verb] = set(items.split()) if quote == '"' else {i.partition(":")[0] for i in shlex.split(items)}
    return arms


def check_completion(table, helps, script, where):
    """Of each verb the options that its help shows, and nothing else that begins with a hyphen. `helps`: by verb."""
    arms, problems = offered(script), []
    for row in table:
        verb = row["words"]
        options = set(re.findall(r"^  (--[\w-]+)", helps.get(verb, ""), re.M))
        got = {item for item in arms.get(verb, ()) if item.startswith("-")}
        if verb not in arms:
            problems.append(f"{where} does not know {verb}")
        elif got != options or not options:
            problems.append(f"{where}: {verb}: offers and help differ in {sorted(got ^ options)}")
    return problems


def main():
    tables = {name: rows(tree.SRC, name) for name in TABLES}
    for name, table in tables.items():
        tap.empty(check_names(name, table), f"table {name}: names are unique, texts say something")
    tap.empty(check_notices(tables["notice"]), "each notice has a name and a MESSAGE_ID of its own")
    tap.empty(check_interface(tables["verb"], tree.read("common/proto/io.cmekd.varlink")),
              "verbs and interface name the same methods")
    verbs = tables["grammar"]
    tap.empty(check_help(verbs, roff(found("man/cmekctl.1*")), "cmekctl(1)"), "cmekctl(1) names every verb")
    tap.empty(check_help(verbs, cmekctl("--help"), "cmekctl --help"), "cmekctl --help names every verb")
    helps = {row["words"]: cmekctl(*row["words"].split(), "--help") for row in verbs}
    for shell in ("bash", "zsh"):
        tap.empty(check_completion(verbs, helps, cmekctl("help", "completion", shell), shell),
                  f"completion for {shell} offers what the help of each verb shows")
    options = [{"words": "--" + row["name"]} for row in tables["option"]]
    tap.empty(check_help(options, roff(found("man/cmekctl.1*")), "cmekctl(1)"), "cmekctl(1) names every option")
    tap.empty(check_manual(tables["setting"], roff(found("man/cmekd.conf.5*")), "cmekd.conf(5)", ("MAIN",)) +
              check_help([{"words": row["key"]} for row in tables["setting"] if row["place"] == "BOTH"],
                         roff(found("man/cmekd.conf.5*")), "cmekd.conf(5)") +
              check_manual(tables["setting"], roff(found("man/cmekd.project.5*")), "cmekd.project(5)", ("FILE", "BOTH")),
              "cmekd.conf(5) and cmekd.project(5) say of every setting what the table says")
    page = found("man/io.cmekd.7*")
    tap.empty(check_methods(tables["verb"], page) + [f"io.cmekd(7) does not name the error {e}" for e in re.findall(
        r"^error (\w+)", tree.read("common/proto/io.cmekd.varlink"), re.M) if f"io.cmekd.{e}" not in page],
              "io.cmekd(7) says of every method who may call it, and names every error")
    names = {row["enum"]: row["name"] for row in tables["section"]}
    settings = [dict(row, section=names[row["section"]]) for row in tables["setting"]]
    tap.empty(check_shipped(settings, found("etc/cmekd.conf"), "etc/cmekd.conf"),
              "the shipped cmekd.conf shows every setting with its default")

    def fails(name, problems, wanted):
        tap.ok(len(problems) == 1 and re.search(wanted, problems[0]), "reports " + name, problems)

    good = {"name": "a", "what": "it was", "todo": "nothing", "priority": "3", "id": "0" * 31 + "1"}
    fails("a name that stands twice", check_names("notice", [good, dict(good, what="more")]), "stands twice")
    fails("a text that says nothing", check_names("notice", [dict(good, todo=" ")]), "says nothing")
    fails("a MESSAGE_ID that is none", check_notices([dict(good, id="0" * 31 + "G")]), "no MESSAGE_ID")
    fails("a MESSAGE_ID that is another's", check_notices([good, dict(good, name="b")]), "another's")
    fails("a verb without a method", check_interface([{"method": "Ping"}, {"method": "Pong"}], "method Ping() -> ()\n"),
          "Pong")
    fails("a method without a verb", check_interface([], "method Ping() -> ()\n"), "Ping")
    fails("a verb without help", check_help([{"words": "ping"}], "status", "help"), "ping")
    ping = [{"words": "ping"}], {"ping": "cmekctl ping\n\n  --json  x\n"}
    bash, zsh = '\t"ping "*) is="ping" takes=nothing items="--json " ;;\n', "\t\"ping \"*) is=\"ping\" takes=nothing items=('--json:a'\\''b' ) ;;\n"
    tap.empty(check_completion(*ping, bash, "bash") + check_completion(*ping, zsh, "zsh"), "a good completion has no problem")
    fails("a verb that completion misses", check_completion(*ping, "", "bash"), "does not know ping")
    fails("an option that completion misses", check_completion(*ping, bash.replace("--json ", ""), "bash"), "differ.*--json")
    fails("an option that completion invents", check_completion(*ping, zsh.replace("' )", "' '--jso:n' )"), "zsh"), "differ.*--jso'")
    method = {"method": "Ping", "needs": "READ", "streams": "false"}
    fails("a method that its manual misses", check_methods([method], ""), "says None")
    fails("a right that is another", check_methods([method], '.BR Ping " (operate)"\n'), "is read")
    setting = {"section": "Daemon", "key": "MaxPauses", "place": "MAIN", "initial": "20", "help": "How many."}
    fails("a setting that the manual misses", check_manual([setting], "MaxPause=", "man", ("MAIN",)), "not name MaxPauses")
    fails("a manual that says something else", check_manual([setting], "MaxPauses=\nHow few.", "man", ("MAIN",)), "else")
    fails("a shipped default that is not the default", check_shipped([setting], "[Daemon]\n#MaxPauses=21\n", "etc"), "is 20")
    fails("a shipped setting that there is not",
          check_shipped([setting], "[Daemon]\n#MaxPauses=20\n[AWS]\n#MaxPauses=20\n", "etc"), r"in \[AWS\]")
    fails("a setting that is not shipped", check_shipped([setting], "[Daemon]\n", "etc"), "not show MaxPauses")
    with tempfile.TemporaryDirectory() as root:
        tree.write(root, "common/model/key.h", '#define FAULT_TABLE(X) X(A, "a") X(B, "a")\n')
        fails("a real table with a name twice", check_names("fault", rows(root, "fault")), "stands twice")
    tap.done()


if __name__ == "__main__":
    sys.exit(main())
