# SPDX-License-Identifier: Apache-2.0
"""incidents: what cmekctl incidents, show and report tell from the ledger of a real cmekd agrees with what the stand-in
saw, and the page is one of its own."""
import datetime
import html.parser
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import CMEKCTL, TIME_FACTOR, Bench, case, check, run, tap
from world import World

NEAR_MS = 1000 * TIME_FACTOR  # the stand-in logs a request when it came, cmekd when it meant it

world = World()
world.project("prod", {"orders": "ACTIVE", "billing": "ACTIVE", "archive": "PAUSED"})
world.project("ops", {"desk": "ACTIVE"})


def ms(time):
    return datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000


class Page(html.parser.HTMLParser):
    """Its text and its tags; what is not closed, or closed by something else, is a problem."""
    VOID = ("meta", "br")

    def __init__(self, text):
        super().__init__()
        self.words, self.tags, self.attributes, self.open, self.problems = [], [], [], [], []
        self.feed(text)
        self.close()
        self.problems += self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append("/" + tag)

    def handle_data(self, data):
        self.words.append(data)


def ids_of(document):
    return [r for e in document["events"] for r in e.get("requests", [])]


with Bench() as bench:
    cloud = bench.cloud(world)
    daemon = bench.daemon(cloud).start()
    for name in ("prod", "ops"):
        daemon.wait_headline("usable", name)

    def ctl(*words, of="prod"):
        return run([CMEKCTL, words[0], of, *words[1:], "--state-dir", daemon.state_dir])

    with case("no incident yet: said, exit code 0; show has nothing to show: 1"):
        got = ctl("incidents")
        check(got.status == 0 and "no incident" in got.out, got)
        check(ctl("show").status == 1 and ctl("show", of="prod#1").status == 1, ctl("show"))

    mark, disabled_ms = cloud.mark(), time.time() * 1000
    cloud.key("disable", cloud.arn(0))
    daemon.wait_headline("dark")
    with case("while it is open: exit code 3, and what is open is said"):
        got = ctl("incidents")
        check(got.status == 3 and "goes on" in got.out, got)
        got = ctl("show")
        check(got.status == 3 and "still open" in got.out and "Open      held" in got.out, got)
    cloud.key("enable", cloud.arn(0))
    daemon.wait_headline("usable")
    got = daemon.ctl("revoke", "ops", "--yes", "--wait", "--reason", "an <b>exercise</b> & more")
    check(got.status == 0, got)
    got = daemon.ctl("restore", "ops", "--yes", "--wait", "--reason", "done")
    check(got.status == 0, got)
    daemon.stop()  # nothing of this needs it

    story = ctl("report", "--json", of="prod#1").json()
    clusters = {c["name"]: c for c in story["clusters"]}
    with case("the list: one closed incident, two clusters paused"):
        got = ctl("incidents", "--json")
        check(got.status == 0 and len(got.json()["incidents"]) == 1, got)
        one = got.json()["incidents"][0]
        check(one["paused"] == 2 and not one["open"] and one["reason"] == "key_disabled", one)
        check(one["openedBy"] == "automatic" and one["toDarkMs"] > 0 and one["darkMs"] > 0, one)
        check(got.json()["ledgers"][0]["good"], got)
    with case("pauses and resumes are those that the stand-in saw, near the time at which it did"):
        for op, member in (("PauseCluster", "pauseSent"), ("ResumeCluster", "resumeSent")):
            acts = {e["subject"]: e for e in cloud.acts(op, mark) if e["subject"].startswith("1")}
            told = {c["cluster"]: c[member] for c in story["clusters"] if c[member]}
            check(set(acts) == set(told) and len(told) == 2, (op, acts, told))
            check(all(abs(ms(acts[i]["time"]) - ms(told[i])) < NEAR_MS for i in acts), (op, acts, told))
        check(clusters["archive"]["duty"] == "left" and not clusters["archive"]["pausedByIncident"], clusters)
    with case("the order: verdict, opened, first pause, read as PAUSED, dark, restored"):
        times = [ms(story[m]) for m in ("verdict", "opened", "firstPause", "dark", "closed")]
        check(times == sorted(times) and ms(clusters["orders"]["paused"]) <= ms(story["dark"]), story)
        check([e["seq"] for e in story["events"]] == sorted(e["seq"] for e in story["events"]), story)
        spans = {s["span"]: s["ms"] for s in story["spans"]}
        check(spans["usable_to_verdict"] == ms(story["verdict"]) - ms(story["usableLook"]) > 0, spans)
        check(abs(ms(story["usableLook"]) - disabled_ms) < 10 * NEAR_MS and disabled_ms < ms(story["verdict"]), story)
        check(spans["start_to_pause"] + spans["pause_to_dark"] + spans["dark_to_restored"] == spans["total"], spans)
    with case("times over both ledgers: of so few only the longest, which are those of the incidents"):
        got = ctl("times", daemon.ledger_file("ops"), "--json").json()
        times = {t["time"]: t for t in got["times"]}
        check(got["incidents"] == 2 and got["open"] == 0 and len(got["ledgers"]) == 2, got)
        check(times["usable_look_to_verdict"]["maxMs"] == spans["usable_to_verdict"], times)
        check(times["verdict_to_pause"]["count"] == 1 and times["verdict_to_pause"]["maxMs"] == spans["start_to_pause"], times)
        dark = [ctl("incidents", "--json", of=n).json()["incidents"][0]["toDarkMs"] for n in ("prod", "ops")]
        check(times["start_to_dark"]["count"] == 2 and times["start_to_dark"]["maxMs"] == max(dark) and
              times["start_to_dark"]["p50Ms"] == min(dark) and times["start_to_dark"]["p90Ms"] is None, (times, dark))
        check(times["restore_to_restored"]["count"] == 2 and times["restore_to_restored"]["maxMs"] > 0, times)
    with case("each record of the incident is told once, with its request ids"):
        evidence = story["evidence"]
        records = [r for r in daemon.ledger() if evidence["firstSeq"] <= r["seq"] <= evidence["lastSeq"]]
        check([r["seq"] for r in records] == [e["seq"] for e in story["events"]], (records, story["events"]))
        check(ids_of(story) == [i for r in records for i in r.get("request", "").split()] != [], ids_of(story))
    with case("hashes are those of the lines, by sha256sum too"):
        lines = {r["seq"]: r for r in daemon.ledger()}
        check(lines[evidence["firstSeq"]]["hash"] == evidence["firstHash"], evidence)
        check(lines[evidence["lastSeq"]]["hash"] == evidence["lastHash"], evidence)
        check(lines[evidence["headSeq"]]["hash"] == evidence["head"] == daemon.verify().out.split("Head")[1].split()[0],
              evidence)
        text = ctl("report", of="prod#1").out
        command = re.search(r"sed -n .*sha256sum", text)[0]
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
        check(done.stdout.split()[0] == evidence["lastHash"], (command, done.stdout))
    with case("the report of an operator names who asked and why, and when the key policy was changed"):
        got = ctl("report", "--json", of="ops#1").json()
        check(got["openedBy"] == "operator" and got["who"].startswith("uid=") and "& more" in got["note"], got)
        puts = [e["at"] for e in got["events"] if e["type"] == "cut_result"]
        acts = [e["time"] for e in cloud.acts("PutKeyPolicy", mark)]
        check(len(puts) == len(acts) == 2 and all(abs(ms(a) - ms(b)) < NEAR_MS for a, b in zip(puts, acts)), (puts, acts))
        check(any(e.get("note") == "done" for e in got["events"]), got)

    for name in ("prod", "ops"):
        page_file = bench.path(name + ".html")
        got = ctl("report", "--html", page_file, of=name + "#1")
        document = ctl("report", "--json", of=name + "#1").json()
        with case(f"the page of {name}: made for its owner alone, never over another"):
            check(got.status == 0 and got.out == "" and os.stat(page_file).st_mode & 0o777 == 0o600, got)
            again = ctl("report", "--html", page_file, of=name + "#1")
            check(again.status == 1 and "exists" in again.err, again)
            with open(page_file, encoding="utf-8") as f:
                text = f.read()
            check(ctl("report", "--html", "-", of=name + "#1").out == text, "the same to standard output")
        page = Page(text)
        words = " ".join(page.words)
        with case(f"the page of {name} is well-formed, fetches nothing and runs nothing"):
            check(not page.problems, page.problems)
            check(not {"script", "link", "img", "iframe", "object", "use", "image", "a", "b"} & set(page.tags), page.tags)
            check("<script" not in text.lower() and not re.search(r"https?://|url\(|@import", text), "refers to something")
            check(not [a for a, _ in page.attributes if a.startswith("on") or a in ("src", "href")], page.attributes)
        with case(f"the page of {name} names every cluster, request id and hash"):
            told = [c["name"] for c in document["clusters"]] + [c["cluster"] for c in document["clusters"]]
            told += ids_of(document) + [document["evidence"][m] for m in ("firstHash", "lastHash", "head", "ledger")]
            check(not [t for t in told if t not in words], [t for t in told if t not in words])
            check("svg" in page.tags and "UTC" in words, page.tags)
        if name == "ops":
            with case("what an operator wrote is text, not a tag"):
                check("an <b>exercise</b> & more" in words and "&lt;b&gt;exercise" in text, words[:2000])

    with case("a damaged ledger: said, shown as far as it holds, exit code 1"):
        with open(daemon.ledger_file(), "rb") as f:
            whole = f.read()
        damaged = bench.path("damaged.ledger")
        with open(damaged, "wb") as f:
            f.write(whole.replace(b'"type":"dark"', b'"type":"dusk"', 1))
        for words in (("incidents",), ("show",), ("report",)):
            got = ctl(*words, of=damaged)
            check(got.status == 1 and "DAMAGED" in got.out, got)
        check("orders: read as PAUSED" in ctl("show", of=damaged).out, ctl("show", of=damaged))
        check("damaged" in ctl("report", "--html", "-", of=damaged).out, "the page says it")
    with case("wrong words: exit code 2; an incident that there is not: 1"):
        for words in (("show", "--incident", "0"), ("show", "--incident", "x"), ("show", "--html", "x"),
                      ("report", "--html", "-", "--json")):
            check(ctl(*words).status == 2, words)
        check(ctl("show", "--incident", "1", of="prod#1").status == 2, "twice")
        check(ctl("show", of="prod#0").status == 2 and ctl("show", of="prod#9").status == 1, "prod#9")
        check(ctl("show", of="nosuch#1").status == 1, "nosuch")
tap.done()
