# SPDX-License-Identifier: Apache-2.0
"""control_socket: who may ask what, and what clients send that no client should: a clear error, and the daemon lives."""
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import varlink
from harness import CMEKCTL, SANITIZED, SRC, Bench, case, check, run, tap, wait_for
from world import one_project

READERS, OPERATORS = 54321, 54322  # groups that nobody is in
CALL_MAX = 1024 * 1024


def memory_kb(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


def as_user(uid, gid, groups, function):
    """Runs `function` in a child that is somebody else; what it returns (JSON) comes back."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            os.setgroups(groups)
            os.setgid(gid)
            os.setuid(uid)
            result = function()
        except Exception as e:
            result = f"{type(e).__name__}: {e}"
        os.write(writer, json.dumps(result).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as f:
        text = f.read()
    os.waitpid(child, 0)
    return json.loads(text)


def rights(daemon, nobody):
    def ask(method, parameters=None):
        def now():
            with varlink.Connection(daemon.socket) as c:
                c.send_call(method, parameters)
                return c.frame()
        return now
    methods = (("Ping", {}), ("Status", {}), ("Status", {"project": "prod"}), ("Status", {"project": "nosuch"}),
               ("Monitor", {"project": "prod"}), ("Explain", {"project": "prod"}),
               ("Plan", {"project": "prod", "verb": "revoke"}))
    acts = (("Revoke", {"project": "prod", "pauseOnly": False, "sharedKey": False}), ("Restore", {"project": "prod"}),
            ("Approve", {"project": "prod", "incident": 1, "plan": "0123456789abcdef"}),
            ("Decline", {"project": "prod", "incident": 1}))
    with case("a user in no group of ours gets NotPermitted to everything, with what is needed, and nothing else"):
        for method, parameters in methods + acts:
            got = as_user(nobody, nobody, [], ask("io.cmekd." + method, parameters))
            check(got["error"] == "io.cmekd.NotPermitted" and list(got["parameters"]) == ["needs"], (method, got))
    with case("and cmekctl says so: exit code 5"):
        for words in (["status"], ["status", "prod", "--json"], ["explain", "prod"], ["revoke", "prod", "--yes"],
                      ["ping"]):
            got = daemon.ctl(*words, uid=nobody, gid=nobody)
            check(got.status == 5 and "prod  " not in got.out and "us-west-2" not in got.out, (words, got))
    with case("whoever connects may ask what the service is"):
        got = as_user(nobody, nobody, [], ask("org.varlink.service.GetInfo"))
        check("io.cmekd" in got["parameters"]["interfaces"], got)
    with case("a member of ReadGroup may read, and may not act"):
        for groups, gid in (([READERS], nobody), ([], READERS)):
            for method, parameters in methods[:3]:
                got = as_user(nobody, gid, groups, ask("io.cmekd." + method, parameters))
                check("error" not in got, (method, got))
            for method, parameters in acts:
                got = as_user(nobody, gid, groups, ask("io.cmekd." + method, parameters))
                check(got["error"] == "io.cmekd.NotPermitted" and got["parameters"] == {"needs": "operate"},
                      (method, got))
        got = daemon.ctl("revoke", "prod", "--yes", uid=nobody, gid=READERS)
        check(got.status == 5, got)
        check(daemon.phase() == "none", daemon.status())
    with case("a member of OperateGroup may act, and the ledger says who it was"):
        got = as_user(nobody, nobody, [OPERATORS], ask("io.cmekd.Revoke", {
            "project": "prod", "pauseOnly": True, "sharedKey": False, "reason": "by an operator"}))
        check("error" not in got, got)
        check(f"uid={nobody}" in json.dumps(daemon.ledger()), daemon.ledger())
        got = as_user(nobody, nobody, [OPERATORS], ask("io.cmekd.Restore", {"project": "prod"}))
        check("error" not in got, got)
        wait_for(lambda: daemon.phase() == "none", "the incident is over")
    with case("one user who is not root cannot take all connections"):
        def many():
            open_ones, refused = [], 0
            for _ in range(60):
                c = varlink.Connection(daemon.socket, 10)
                try:
                    c.send_call("org.varlink.service.GetInfo")
                    frame = c.frame()
                except OSError:
                    frame = None
                refused += frame is None or "error" in frame
                open_ones.append(c)
            return refused
        refused = as_user(nobody, nobody, [], many)
        check(isinstance(refused, int) and 20 <= refused < 60, refused)
        check(daemon.ctl("ping").status == 0, daemon.ctl("ping"))


def frames(daemon):
    def reply_to(raw):
        with varlink.Connection(daemon.socket) as c:
            c.send(raw)
            first = c.frame()
            return first, c.frame() if first and first.get("error", "").endswith(".Malformed") else "open"
    with case("what is no call is answered with Malformed, and the connection closed"):
        for raw in (b"\0", b"hello\0", b"GET / HTTP/1.1\r\n\r\n\0", b"[]\0", b"null\0", b"{}\0", b'{"method":7}\0',
                    b'{"method":"io.cmekd.Ping"\0', b'{"method":"io.cmekd.Ping",}\0', b'{"method":"a","method":"b"}\0',
                    b'{"method":"io.cmekd.Ping","parameters":[]}\0', b"\xff\xfe\0", b'{"method":"\xed\xa0\x80"}\0',
                    b'{"method":"io.cmekd.Ping","more":"yes"}\0', b"[" * 100000 + b"\0",
                    b'{"a":' * 2000 + b"1" + b"}" * 2000 + b"\0"):
            first, then = reply_to(raw)
            check(first is not None and first["error"] == "io.cmekd.Malformed" and first["parameters"]["text"],
                  (raw[:60], first))
            check(then is None, (raw[:60], then))
    with case("an unknown method, interface or parameter is named in the error; the connection stays"):
        for method, error in (("io.cmekd.Frobnicate", "org.varlink.service.MethodNotFound"),
                              ("org.example.Ping", "org.varlink.service.InterfaceNotFound"),
                              ("Ping", None), ("", None), ("io.cmekd.", None), ("." * 500, None)):
            with varlink.Connection(daemon.socket) as c:
                c.send_call(method)
                got = c.frame()
                check("error" in got and error in (None, got["error"]), (method, got))
        with varlink.Connection(daemon.socket) as c:
            for parameters, name in (({"project": 7}, "project"), ({"project": "x" * 5000}, None),
                                     ({"project": "../../etc"}, None), ({"projct": "prod"}, None)):
                c.send_call("io.cmekd.Status", parameters)
                got = c.frame()
                if name:
                    check(got["error"] == "org.varlink.service.InvalidParameter" and
                          got["parameters"]["parameter"] == name, got)
            check(c.call("io.cmekd.Ping") == {}, "the connection is closed")
    with case("two calls in one write, and one call in many writes"):
        with varlink.Connection(daemon.socket) as c:
            ping = b'{"method":"io.cmekd.Ping"}\0'
            c.send(ping + b'{"method":"org.varlink.service.GetInfo"}\0' + ping[:10])
            first = c.frame()
            check("error" not in first and "vendor" not in first.get("parameters", {}), first)
            check("vendor" in c.frame()["parameters"], "GetInfo")
            for byte in ping[10:]:
                c.send(bytes([byte]))
            check("error" not in c.frame(), "the last ping")
    with case("the interface that the daemon tells is the one in the sources"):
        with varlink.Connection(daemon.socket) as c:
            got = c.call("org.varlink.service.GetInterfaceDescription", {"interface": "io.cmekd"})["description"]
        with open(SRC + "/common/proto/io.cmekd.varlink", encoding="utf-8") as f:
            def bare(text):
                return [line.split("#")[0].split() for line in text.split("\n") if line.split("#")[0].strip()]
            check(bare(got) == bare(f.read()), got)


def excess(daemon):
    with case("a frame of 1 GB is refused at its limit, with a clear error, and costs no memory"):
        before = memory_kb(daemon)
        with varlink.Connection(daemon.socket) as c:
            sent, block = 0, b"x" * 65536
            try:
                c.send(b'{"method":"io.cmekd.Ping","parameters":{"a":"')
                while sent < 1 << 30:
                    c.send(block)
                    sent += len(block)
            except (BrokenPipeError, ConnectionResetError):
                pass
            got = c.frame() if sent < 1 << 30 else None
            check(sent < 8 * CALL_MAX, f"{sent} bytes were taken")
            if got is not None:
                check(got["error"] == "io.cmekd.Malformed" and str(CALL_MAX) in got["parameters"]["text"], got)
        check(memory_kb(daemon) - before < (64 if SANITIZED else 16) * 1024, (before, memory_kb(daemon)))
    with case("the error for a call that is just too long reaches the client"):
        with varlink.Connection(daemon.socket) as c:
            c.send(b'{"method":"' + b"x" * CALL_MAX)
            got = c.frame()
            check(got is not None and got["error"] == "io.cmekd.Malformed" and str(CALL_MAX) in got["parameters"]["text"],
                  got)
    with case("100 connections at the same time are all answered"):
        connections = [varlink.Connection(daemon.socket) for _ in range(100)]
        for c in connections:
            c.send_call("io.cmekd.Status", {"project": "prod"})
        for c in connections:
            check(c.reply()["parameters"]["projects"][0]["name"] == "prod", "no answer")
        for c in connections:
            c.close()
    with case("a client that sends calls and never reads holds up nobody, and is bounded"):
        before = memory_kb(daemon)
        slow = varlink.Connection(daemon.socket, 1)
        call = json.dumps({"method": "io.cmekd.Status", "parameters": {"project": "prod"}}).encode() + b"\0"
        sent = 0
        try:
            while sent < 200000:
                slow.send(call * 500)
                sent += 500
        except OSError:
            pass  # the daemon reads no more, or has closed it
        check(sent < 200000, "all was taken")
        began = time.monotonic()
        check(daemon.ctl("status", "prod").status == 0, "others are held up")
        check(time.monotonic() - began < 5, "others are held up")
        check(memory_kb(daemon) - before < (256 if SANITIZED else 64) * 1024, (before, memory_kb(daemon)))
        slow.close()
    with case("clients that leave in the middle of a call, of a stream, or of a frame"):
        for _ in range(30):
            for raw in (b'{"method":"io.cmekd.Status"}\0' * 20, b'{"method":"io.cm',
                        b'{"method":"io.cmekd.Monitor","parameters":{"project":"prod"},"more":true}\0'):
                c = varlink.Connection(daemon.socket)
                c.send(raw)
                c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                c.close()
        check(daemon.ctl("ping").status == 0, daemon.ctl("ping"))
    with case("connections are given back: no descriptor is left of them"):
        wait_for(lambda: len(os.listdir(f"/proc/{daemon.process.pid}/fd")) < 60, "few descriptors")


def streams(cloud, daemon):
    with case("Monitor: the project at once, and again when it changes"):
        with varlink.Connection(daemon.socket, 30) as c:
            c.send_call("io.cmekd.Monitor", {"project": "prod"}, more=True)
            first = c.reply()
            check(first["continues"] and first["parameters"]["project"]["headline"] == "usable", first)
            cloud.key("disable", now=True)
            seen = []
            while "dark" not in seen:
                seen.append(c.reply()["parameters"]["project"]["headline"])
            check("lost" in seen and "pausing" in seen, seen)
        cloud.key("enable", now=True)
        daemon.wait_headline("usable")
    with case("without a project: a summary first, then the projects"):
        with varlink.Connection(daemon.socket) as c:
            replies = list(c.stream("io.cmekd.Status"))
        check(replies[0]["summary"]["projects"] == 1 and not replies[-1].get("continues"), replies[0])
        check([p["name"] for r in replies for p in r["projects"]] == ["prod"], replies)
    with case("revoke --wait goes on when the daemon is killed and started again: exit code 0 when dark"):
        cloud.config(pausing_ms=1500)
        mark = cloud.mark()
        following = subprocess.Popen([CMEKCTL, "revoke", "prod", "--wait", "--yes", "--socket", daemon.socket],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_for(lambda: cloud.pauses(mark), "pauses")
        daemon.kill()
        daemon.start()
        out, err = following.communicate(timeout=120)
        check(following.returncode == 0 and b"DARK" in out, (following.returncode, out, err))
        check(all(c["state"] == "PAUSED" for c in cloud.clusters().values()), cloud.clusters())
    with case("a --wait that is left ends nothing: the restore goes on without it"):
        before = len(daemon.notices("restored"))
        following = subprocess.Popen([CMEKCTL, "restore", "prod", "--wait", "--yes", "--socket", daemon.socket],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_for(lambda: len(daemon.notices("restored")) > before, "restored")
        following.send_signal(signal.SIGINT)
        following.communicate(timeout=60)
        daemon.wait_headline("usable")
        check(cloud.clusters()["orders"]["state"] == "ACTIVE", cloud.clusters())


with Bench() as bench:
    cloud = bench.cloud(one_project())
    os.chmod(bench.dir, 0o755)  # others must come as far as the socket
    daemon = bench.daemon(cloud, daemon={"ReadGroup": str(READERS), "OperateGroup": str(OPERATORS)}).start()
    daemon.wait_headline("usable")
    nobody = pwd.getpwnam("nobody").pw_uid
    reachable = os.getuid() == 0 and run(["test", "-x", CMEKCTL], uid=nobody, gid=nobody).status == 0
    if reachable:
        rights(daemon, nobody)
    else:
        tap.skip("rights of other users", "needs root, and a build tree that others can enter")
    frames(daemon)
    excess(daemon)
    streams(cloud, daemon)
    with case("what the daemon said of all this is bounded, and it lives"):
        check(len(daemon.stderr()) < 200000, len(daemon.stderr()))
        check("ERROR: AddressSanitizer" not in daemon.stderr() and "runtime error" not in daemon.stderr(),
              daemon.stderr())
tap.done()
