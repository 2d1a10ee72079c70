# SPDX-License-Identifier: Apache-2.0
"""configuration: bad files are named with file and line, at start, at a check and at a reload; what a bad file, a removed
project, a damaged ledger or a second daemon does to the rest."""
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import CMEKCTL, CMEKD, TIME_FACTOR, Bench, case, check, run, tap, wait_for
from world import VENDOR, World


def states(cloud, project):
    number = next(p["id"] for p in cloud.info["projects"] if p["name"] == project)
    return {c["name"]: c["state"] for c in cloud.state()["clusters"] if c["project"] == number}


def files(bench, cloud):
    """--check-config, and starts that must not be."""
    daemon = bench.daemon(cloud)
    good_conf = open(daemon.conf, encoding="utf-8").read()
    good = {name: open(daemon.project_file(name), encoding="utf-8").read() for name in ("prod", "two", "three")}

    def complains(name, path, line, words, text=None, starts=False):
        """The file is written, checked, and put back; `line` None: the file as a whole."""
        with case(name):
            if text is not None:
                daemon.write(path, text)
            got = daemon.check_config()
            where = path + (f":{line}:" if line else ":")
            hit = [x for x in got.err.split("\n") if x.startswith(where)]
            check(got.status == 1 and hit and all(w in " ".join(hit) for w in words), got)
            check(got.out == "", got.out)
            if not starts:
                run_ = run(daemon.argv())
                check(run_.status == 1 and where in run_.err and "could not start" in run_.err, run_)
                check(not os.path.exists(daemon.socket), "a socket was left")
            daemon.write(daemon.conf, good_conf)
            for project, content in good.items():
                daemon.write(daemon.project_file(project), content)

    conf, prod = daemon.conf, daemon.project_file("prod")
    with case("a good configuration: exit code 0, and what is printed is a good configuration again"):
        got = daemon.check_config()
        check(got.status == 0 and got.err == "", got)
        parts = got.out.split("# projects.d/")
        copy = bench.path("copy")
        os.makedirs(copy + "/projects.d")
        daemon.write(copy + "/cmekd.conf", parts[0])
        for part in parts[1:]:
            name, _, text = part.partition("\n")
            daemon.write(f"{copy}/projects.d/{name}", text)
        again = run([CMEKD, "--check-config", "--config", copy + "/cmekd.conf"])
        check(again.status == 0 and again.out == got.out, again)
    complains("an unknown key", conf, 2, ["Foo"], "[Daemon]\nFoo=1\n")
    complains("an unknown section", conf, 1, ["Nonsense"], "[Nonsense]\nA=b\n")
    complains("a value that is none", conf, 2, ["PollInterval", "soon", "time span"], "[Project]\nPollInterval=soon\n")
    complains("a value out of its bounds", conf, 2, ["RequestsPerMinute", "1000"],
              "[TiDBCloud]\nRequestsPerMinute=1000000\n")
    complains("the same key twice", conf, 3, ["second", "line 2"], "[Daemon]\nMaxPauses=1\nMaxPauses=2\n")
    complains("a line that is nothing", conf, 2, ["Key=Value"], "[Daemon]\nwhat is this\n")
    complains("an endpoint without TLS", conf, 2, ["EndpointURL", "https"], "[AWS]\nEndpointURL=http://example.com\n")
    complains("a profile that no credentials file could have", conf, 2, ["Profile"], "[AWS]\nProfile=a]b\n")
    complains("bytes that are no text", conf, None, [], "[Daemon]\n# \0\x01\nMaxPauses=1\n")
    complains("a project without VendorAccount", prod, None, ["VendorAccount"], "[Project]\nId=1372813089209000001\n",
              starts=True)
    complains("a vendor account that owns the key is contradictory", prod, 4, ["VendorAccount"],
              f"[Project]\nId=1372813089209000001\nVendorAccount={VENDOR}\nKey=arn:aws:kms:us-west-2:{VENDOR}:key/"
              "00000001-12ab-34cd-56ef-000000000001\n", starts=True)
    complains("two keys for one region", prod, 5, ["us-west-2"],
              f"[Project]\nId=1372813089209000001\nVendorAccount={VENDOR}\n"
              "Key=arn:aws:kms:us-west-2:111122223333:key/00000001-12ab-34cd-56ef-000000000001\n"
              "Key=arn:aws:kms:us-west-2:111122223333:key/00000002-12ab-34cd-56ef-000000000002\n", starts=True)
    with case("two files for one project id: both are named"):
        daemon.write(daemon.project_file("twin"), good["prod"])
        got = daemon.check_config()
        check(got.status == 1 and "twin.conf" in got.err and "prod" in got.err, got)
        os.unlink(daemon.project_file("twin"))
    with case("a main file that is not there, or a folder in its place"):
        for path in (bench.path("nowhere", "cmekd.conf"), bench.path("nowhere")):
            got = run([CMEKD, "--check-config", "--config", path])
            check(got.status == 1 and path in got.err, got)
            got = run([CMEKD, "--config", path])
            check(got.status == 1 and path in got.err, got)
    with case("wrong arguments: exit code 2; --version and --help: 0"):
        check(run([CMEKD, "--nonsense"]).status == 2 and run([CMEKD, "stray"]).status == 2, "2")
        check(run([CMEKD, "--version"]).status == 0 and run([CMEKD, "--help"]).status == 0, "0")
    with case("an API key file that others may read is not used, and that is said"):
        key = bench.path("exposed-key")
        shutil.copy(cloud.info["api_key_file"], key)
        os.chmod(key, 0o644)
        daemon.write_config(TiDBCloud={"ApiKeyFile": key})
        daemon.start()
        wait_for(lambda: any("credentials" in p for p in daemon.status()["problems"]), "a problem")
        check(daemon.headline() not in ("usable", "starting"), daemon.status())
        check("exposed-key" in daemon.stderr(), daemon.stderr())
        check(not cloud.log(service="dedicated"), cloud.log(service="dedicated"))
        daemon.stop()
    with case("a missing AWS credentials file: credentials, unarmed, and the file is named"):
        daemon.write_config(TiDBCloud={"ApiKeyFile": cloud.info["api_key_file"]},
                            AWS={"CredentialsFile": bench.path("no-such-file")})
        daemon.start()
        wait_for(lambda: daemon.window()[:1] == ["credentials"], "a look that ends with credentials")
        check("no-such-file" in daemon.stderr(), daemon.stderr())
        check(daemon.ctl("status", "prod").status == 3, daemon.ctl("status", "prod"))
        daemon.stop()
        daemon.write_config(AWS={"CredentialsFile": cloud.info["aws_credentials_file"]})


def profiles(bench, cloud):
    """One shared credentials file: its [default] is of no use, [audit] is."""
    shared = bench.path("shared-credentials")
    with open(cloud.info["aws_credentials_file"], encoding="utf-8") as f:
        audit = f.read().replace("[default]", "[audit]")
    with open(shared, "w", encoding="utf-8") as f:
        f.write("[default]\naws_access_key_id = AKIDWRONGEXAMPLE0001\naws_secret_access_key = of-nobody\n" + audit)
    os.chmod(shared, 0o600)
    daemon = bench.daemon(cloud, aws={"CredentialsFile": shared, "Profile": "audit"})
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        daemon.env.pop(name, None)
    with case("Profile= in [AWS]: all projects use it, and explain names it"):
        daemon.start()
        daemon.wait_headline("usable")
        daemon.wait_headline("usable", "two")
        got = daemon.ctl("explain", "prod")
        check("profile audit" in got.out and shared in got.out, got)
    with case("a project's own Profile= at a reload: that project is blind, the others are not, and back again"):
        daemon.write_project("prod", Profile="default")
        daemon.reload()
        wait_for(lambda: daemon.window()[:1] == ["credentials"], "a look that ends with credentials")
        # A reload may cancel the look that is under way.
        wait_for(lambda: daemon.window("two")[:1] in (["allowed"], ["credentials"]), "a look of the other project")
        check(daemon.window("two")[:1] == ["allowed"], daemon.window("two"))
        daemon.write_project("prod", Profile=None)
        daemon.reload()
        wait_for(lambda: daemon.window()[:1] == ["allowed"], "a usable look again")
    with case("a profile that is not there: the file and the name are told, and nothing is asked of AWS"):
        daemon.write_project("prod", Profile="nobody")
        mark = cloud.mark()
        daemon.reload()
        wait_for(lambda: daemon.window()[:1] == ["credentials"], "a look that ends with credentials")
        check("[nobody]" in daemon.stderr() and shared in daemon.stderr(), daemon.stderr())
        got = daemon.ctl("explain", "prod")
        check("[nobody]" in got.out, got)
        check(not cloud.pauses(mark), cloud.pauses(mark))
        daemon.write_project("prod")
        daemon.stop()
    with case("without CredentialsFile=: AWS_SHARED_CREDENTIALS_FILE and AWS_PROFILE"):
        daemon.write_config(AWS={"CredentialsFile": None, "Profile": None})
        daemon.env.update(AWS_SHARED_CREDENTIALS_FILE=shared, AWS_PROFILE="audit")
        daemon.start()
        wait_for(lambda: daemon.window()[:1] == ["allowed"], "a usable look")
        got = daemon.ctl("explain", "prod")
        check("profile audit" in got.out and shared in got.out, got)
        daemon.stop()


def endpoints(bench, cloud):
    """Where KMS and STS are asked: EndpointURL=, else the environment; another endpoint is another witness."""
    names = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_STS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
    here = cloud.info["endpoint"]
    elsewhere = here.replace("127.0.0.1", "localhost")
    daemon = bench.daemon(cloud)
    for name in names:
        daemon.env.pop(name, None)
    with case("an endpoint of the environment that is none: named, and cmekd does not start"):
        daemon.write_config(AWS={"EndpointURL": None})
        daemon.env["AWS_ENDPOINT_URL_KMS"] = "http://kms.example.com"
        got = run(daemon.argv(), env=daemon.env)
        check(got.status == 1 and "environment: AWS_ENDPOINT_URL_KMS: http" in got.err, got)
        check("could not start" in got.err and not os.path.exists(daemon.socket), got)
        got = run([CMEKD, "--check-config", "--config", daemon.conf], env=daemon.env)
        check(got.status == 1 and "environment: AWS_ENDPOINT_URL_KMS" in got.err, got)
    with case("AWS_ENDPOINT_URL_KMS for KMS, AWS_ENDPOINT_URL for what has none of its own; --check-config shows them"):
        daemon.env.update(AWS_ENDPOINT_URL_KMS=here, AWS_ENDPOINT_URL=elsewhere)
        got = run([CMEKD, "--check-config", "--config", daemon.conf], env=daemon.env)
        check(got.status == 0 and f"KMS is asked at {here}\n" in got.out, got)
        check(f"STS is asked at {elsewhere}\n" in got.out, got)
        daemon.start()
        daemon.wait_headline("usable")
        wait_for(lambda: daemon.binding()["armed"], "armed")
        daemon.stop()
    with case("the same endpoint by EndpointURL=: still armed"):
        daemon.write_config(AWS={"EndpointURL": here})
        mark = len(daemon.notices("disarmed"))
        daemon.start()
        daemon.looks(2)
        check(daemon.binding()["armed"] and len(daemon.notices("disarmed")) == mark, daemon.binding())
    with case("another endpoint: disarmed, and armed again by its own looks"):
        daemon.write_config(AWS={"EndpointURL": elsewhere})
        daemon.reload()
        daemon.told("disarmed", PROJECT="prod")
        wait_for(lambda: daemon.binding()["armed"], "armed again")
        daemon.stop()
    with case("the profile's services: asked there, and another one there at a reload disarms"):
        for name in names:
            daemon.env.pop(name, None)
        file = bench.path("endpoints")
        keys = open(cloud.info["aws_credentials_file"], encoding="utf-8").read()

        def write_profile(kms):
            daemon.write(file, f"{keys}\nendpoint_url = {elsewhere}\nservices = mine\n[services mine]\n"
                               f"kms =\n  endpoint_url = {kms}\n")
            os.chmod(file, 0o600)
        write_profile(elsewhere)
        daemon.write_config(AWS={"EndpointURL": None, "CredentialsFile": file})
        mark = len(daemon.notices("disarmed"))
        daemon.start()
        daemon.looks(2)
        check(daemon.binding()["armed"] and len(daemon.notices("disarmed")) == mark, daemon.binding())
        write_profile(here)
        daemon.reload()
        wait_for(lambda: len(daemon.notices("disarmed")) > mark, "disarmed")
        wait_for(lambda: daemon.binding()["armed"], "armed again")
        write_profile("http://kms.example.com")
        daemon.reload()
        wait_for(lambda: "endpoint_url" in daemon.stderr(), "told what is wrong")
        daemon.looks(2)
        check(daemon.headline() == "usable", daemon.headline())
        daemon.stop()


def beside(bench, cloud):
    """A bad project file beside good ones; reloads."""
    daemon = bench.daemon(cloud)
    good = open(daemon.project_file("two"), encoding="utf-8").read()
    daemon.write(daemon.project_file("two"), "[Project]\nId=1372813089209000002\nVendorAccount=12\n")
    daemon.start()
    with case("a bad project file takes only that project out: broken, told with file and line"):
        daemon.wait_headline("usable", "prod")
        check(daemon.headline("two") == "broken", daemon.status("two"))
        check("two.conf:3" in daemon.stderr(), daemon.stderr())
        told = daemon.told("project_broken", PROJECT="two")
        check(told["PRIORITY"] == "3", told)
        got = daemon.ctl("status")
        check(got.status == 3 and "two" in got.out and "prod" in got.out, got)
        got = daemon.ctl("revoke", "two", "--yes")
        check(got.status == 1, got)
    with case("the file is corrected and reloaded: that project is watched too"):
        daemon.write(daemon.project_file("two"), good)
        daemon.reload()
        daemon.wait_headline("usable", "two")
        daemon.wait_headline("usable", "three")
    with case("a bad main file at a reload: told with file and line, and nothing changes"):
        before = open(daemon.conf, encoding="utf-8").read()
        daemon.write(daemon.conf, before + "\nNonsense\n")
        daemon.reload("reload_failed")
        check(f"{daemon.conf}:{before.count(chr(10)) + 2}:" in daemon.stderr(), daemon.stderr())
        check(daemon.headline("prod") == "usable" and daemon.binding()["armed"], daemon.status())
        daemon.write(daemon.conf, before)
    with case("a bad project file at a reload: nothing changes, neither"):
        daemon.write(daemon.project_file("three"), "[Project]\nId=x\n")
        daemon.write(daemon.project_file("two"), good + "Reaction=observe\n")
        daemon.reload("reload_failed")
        check(daemon.headline("three") == "usable" and daemon.status("two")["reaction"] == "pause",
              daemon.status("two"))
        daemon.write_project("three")
    with case("a good reload takes all of it: Reaction=observe does not pause"):
        daemon.reload()
        wait_for(lambda: daemon.status("two")["reaction"] == "observe", "observe")
        mark = cloud.mark()
        arn = daemon.binding("two")["keyArn"]
        cloud.key("disable", arn, now=True)
        wait_for(lambda: daemon.phase("two") == "waiting", "waiting")
        daemon.looks(10, mark)
        check(not cloud.pauses(mark), cloud.pauses(mark))
        cloud.key("enable", arn, now=True)
        daemon.wait_headline("usable", "two")
    with case("a project whose file goes while its incident is open stays watched until that is over"):
        arn = daemon.binding("three")["keyArn"]
        cloud.key("disable", arn, now=True)
        daemon.wait_headline("dark", "three")
        os.unlink(daemon.project_file("three"))
        daemon.reload()
        check(daemon.headline("three") == "dark", daemon.status("three"))
        check(any("configuration file is gone" in p for p in daemon.status("three")["problems"]), daemon.status("three"))
        cloud.key("enable", arn, now=True)
        wait_for(lambda: states(cloud, "three") == {"c": "ACTIVE"}, "its cluster runs again")
        wait_for(lambda: daemon.phase("three") == "none", "the incident is closed")
        daemon.reload()
        wait_for(lambda: daemon.ctl("status", "three").status == 1, "three is gone")
        check(daemon.ctl("status", "three").status == 1, daemon.ctl("status", "three"))
    with case("a project without an incident goes at once, and comes back with its ledger"):
        os.unlink(daemon.project_file("two"))
        daemon.reload()
        check(daemon.ctl("status", "two").status == 1, daemon.ctl("status", "two"))
        daemon.write_project("two")
        daemon.reload()
        daemon.wait_headline("usable", "two")
        check(daemon.verify("two").status == 0 and len(daemon.ledger("two")) > 5, daemon.verify("two"))
    with case("another vendor account disarms: a loss then waits for a person"):
        daemon.write_project("two", VendorAccount="999988887777")
        daemon.reload()
        wait_for(lambda: not daemon.binding("two")["armed"], "disarmed")
        wait_for(lambda: daemon.headline("two") == "waiting", "waiting")
        daemon.write_project("two")
        daemon.reload()
        daemon.wait_headline("usable", "two")
    daemon.stop()
    return daemon


def hanging(bench, cloud):
    """A project that goes while its requests hang is not gone before they end; it may be wanted again before."""
    daemon = bench.daemon(cloud, network={"RequestTimeout": f"{int(4000 * TIME_FACTOR)}ms"}).start()
    for project in ("prod", "two"):
        daemon.wait_headline("usable", project)
    arn, number = daemon.binding("two")["keyArn"], next(p["id"] for p in cloud.info["projects"] if p["name"] == "two")
    with case("removed and put back, twice, while requests hang: watched again by itself, nothing is lost"):
        before = daemon.ledger("two")
        mark = cloud.mark()
        cloud.fault("all", "hang")
        wait_for(lambda: {arn, number} <= {e["subject"] for e in cloud.log(mark, fault="hang")}, "requests hang")
        for times in (1, 2):
            os.unlink(daemon.project_file("two"))
            daemon.reload()
            daemon.write_project("two")
            daemon.reload()
            check(daemon.stderr().count("watched when its last requests have ended") == times, daemon.stderr()[-2000:])
        check(daemon.ctl("status", "two").status == 1, daemon.ctl("status", "two"))
        cloud.clear_faults()
        wait_for(lambda: daemon.ctl("status", "two").status == 0, "two is watched again, and well")
        check(daemon.ledger("two")[:len(before)] == before and daemon.verify("two").status == 0, daemon.verify("two"))
        check(daemon.binding("two")["armed"], daemon.binding("two"))
    with case("and it acts as before"):
        cloud.key("disable", arn, now=True)
        daemon.wait_headline("dark", "two")
        cloud.key("enable", arn, now=True)
        daemon.wait_headline("usable", "two")
        check(states(cloud, "two") == {"b": "ACTIVE"}, states(cloud, "two"))
    with case("removed while requests hang: ends at once all the same"):
        cloud.fault("all", "hang")
        daemon.looks(2)
        os.unlink(daemon.project_file("two"))
        daemon.reload()
        seconds = daemon.stop()
        check(seconds < 2 * TIME_FACTOR, f"it took {seconds:.1f} s")
        cloud.clear_faults()


def ledgers(bench, cloud, daemon):
    """`daemon` was stopped; it has ledgers of prod and two."""
    path = daemon.ledger_file("prod")
    with case("a torn last line is cut, and all goes on"):
        records = len(daemon.ledger())
        with open(path, "r+b") as f:
            text = f.read().rstrip(b"\0")
            f.seek(0)
            f.truncate()
            f.write(text + b'{"seq":%d,"prev":"00' % (records + 1))
        got = daemon.verify()
        check(got.status == 0 and "unfinished last record" in " ".join(got.out.split()), got)
        daemon.start()
        daemon.wait_headline("usable")
        check(daemon.binding()["armed"], daemon.binding())
        daemon.stop()
        check(daemon.verify().status == 0 and len(daemon.ledger()) >= records, daemon.verify())
    with case("a flipped byte: cmekctl verify names the line"):
        with open(path, "rb") as f:
            good = f.read()
        lines = good.split(b"\n")
        damaged = b"\n".join(lines[:2] + [lines[2].replace(b'"at":"2', b'"at":"3', 1)] + lines[3:])
        check(damaged != good, "nothing was flipped")
        with open(path, "r+b") as f:
            f.write(damaged)
        got = daemon.verify()
        check(got.status == 1 and "3" in got.out + got.err and "DAMAGED" in (got.out + got.err).upper(), got)
    with case("with a damaged ledger the project is only observed, loudly; the others act"):
        daemon.start()
        told = daemon.told("ledger_damaged", PROJECT="prod")
        check(told["PRIORITY"] == "1", told)
        wait_for(lambda: daemon.status()["automation"] == "observe", "observe")
        wait_for(lambda: daemon.binding() and daemon.binding("two"), "both keys are known")
        mark = cloud.mark()
        cloud.key("disable", daemon.binding()["keyArn"], now=True)
        arn_two = daemon.binding("two")["keyArn"]
        cloud.key("disable", arn_two, now=True)
        daemon.wait_headline("dark", "two")
        wait_for(lambda: daemon.binding()["verdict"] == "lost", "lost")
        daemon.looks(15)
        ours = set(cloud.cluster_id(n) for n in states(cloud, "prod"))
        check(not [e for e in cloud.pauses(mark) if e["subject"] in ours], cloud.pauses(mark))
        got = daemon.ctl("status", "prod")
        check(got.status == 3 and "damaged" in got.out, got)
        got = daemon.ctl("revoke", "prod", "--yes")
        check(got.status == 1, got)
        check(not [e for e in cloud.pauses(mark) if e["subject"] in ours], cloud.pauses(mark))
        with open(path, "rb") as f:
            check(f.read().rstrip(b"\0") == damaged.rstrip(b"\0"), "the damaged ledger was changed")
        cloud.key("enable", arn_two, now=True)
        cloud.key("enable", daemon.binding()["keyArn"], now=True)
        daemon.wait_headline("usable", "two")
        daemon.stop()
    with case("the ledger put back from a backup: all is well again"):
        with open(path, "wb") as f:
            f.write(good)
        daemon.start()
        daemon.wait_headline("usable")
        check(daemon.status()["automation"] == "on", daemon.status())
    with case("a second daemon on the same state directory is refused, and the first lives on"):
        second = bench.daemon(cloud, state_dir=daemon.state_dir)
        got = run(second.argv())
        check(got.status == 1 and daemon.state_dir in got.err and "another cmekd" in got.err.lower(), got)
        check(daemon.ctl("ping").status == 0, daemon.ctl("ping"))
    with case("a second daemon on the same socket is refused, and the first lives on"):
        second = bench.daemon(cloud, socket=daemon.socket)
        got = run(second.argv())
        check(got.status == 1 and daemon.socket in got.err, got)
        check(daemon.ctl("ping").status == 0, daemon.ctl("ping"))
    with case("a socket left by a killed daemon is replaced"):
        daemon.kill()
        check(os.path.exists(daemon.socket), "no socket was left")
        daemon.start()
        daemon.wait_headline("usable")
        daemon.stop()
    with case("a ledger of another project under this name is not used"):
        shutil.copy(daemon.ledger_file("two"), path)
        daemon.start()
        wait_for(lambda: daemon.status()["automation"] == "observe" or daemon.headline() == "broken", "not used")
        check("prod.ledger" in daemon.stderr(), daemon.stderr())
        daemon.stop()
    with case("verify of what is no ledger: exit code 1 and its name"):
        for name in (bench.path("nowhere.ledger"), daemon.conf, daemon.dir + "/"):
            got = run([CMEKCTL, "verify", name])
            check(got.status == 1 and name in got.err + got.out and "after cmekd wrote" not in got.out, got)


world = World()
world.project("prod", {"a": "ACTIVE"})
world.project("two", {"b": "ACTIVE"})
world.project("three", {"c": "ACTIVE"})
with Bench() as bench:
    cloud = bench.cloud(world)
    files(bench, cloud)
    profiles(bench, cloud)
    endpoints(bench, cloud)
    hanging(bench, cloud)
    ledgers(bench, cloud, beside(bench, cloud))
tap.done()
