# SPDX-License-Identifier: Apache-2.0
"""purity: the core decides and does nothing else. Read from the object code, where nothing can hide: the core, with
what it takes from model and base, needs only a handful of memory and string functions, and keeps no state of its own.
The other pure rooms may allocate, but see no clock, file, socket, environment, chance or log.

Compiled anew with plain flags: hardening and sanitizers add symbols of their own."""
import glob
import os
import re
import subprocess
import tempfile

import tree
import tap

CORE_MAY = {"memcpy", "memmove", "memset", "memcmp", "strcmp", "strncmp", "strlen"}
# In base, model, policy, ledger, proto and wire.
FORBIDDEN = re.compile(
    r"^(time|clock|clock_\w+|gettimeofday|timespec_get|localtime(_r)?|nanosleep|u?sleep|poll|epoll_\w+|select|"
    r"open(at|64)?|fopen\w*|creat|f?read|f?write|fputs|fputc|putc|puts|putchar|v?f?printf|perror|fdatasync|fsync|"
    r"unlink\w*|rename\w*|mkdir\w*|mmap\w*|f?stat\w*|socket|connect|bind|listen|accept4?|send\w*|recv\w*|getaddrinfo|"
    r"(secure_)?getenv|environ|setenv|rand\w*|s?rand48|random|srandom|getrandom|arc4random\w*|RAND_\w+|getpid|"
    r"syslog|sd_\w+|uv_\w+|curl_(?!free$)\w+|json_tokener\w*|json_object_from_\w+|opendir|readdir\w*|scandir\w*|system|fork|exec\w*|pthread_\w+|"
    r"stderr|stdout|stdin|exit|_exit|abort|signal|sigaction)$")
# The readers of files among them: secrets ($CREDENTIALS_DIRECTORY says how to trust their mode), and configuration, of
# which the environment is a part.
EXEMPT = {"common/base/secret.c": {"open", "read", "fstat", "getenv"},
          "daemon/wire/config_files.c": {"open", "read", "fstat", "stat", "scandir", "getenv"}}
ROOMS = ("common/base", "common/model", "common/policy", "common/ledger", "common/proto", "daemon/wire", "daemon/replay")

PLAIN = ("-std=gnu17 -O1 -w -D_GNU_SOURCE -U_FORTIFY_SOURCE -fno-stack-protector -fno-builtin-printf "
         "-ffunction-sections -fdata-sections -DCMEKD_SYSCONFDIR=\"/etc\" -DCMEKD_LOCALSTATEDIR=\"/var\" "
         "-DCMEKD_RUNSTATEDIR=\"/run\"").split()


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(" ".join(argv) + "\n" + done.stderr)
    return done.stdout


def compile_all(root, folder, out, *flags):
    """Source path -> path of its object file in `out`."""
    cc = os.environ.get("CMEKD_CC", "gcc").split()
    packages = os.environ.get("CMEKD_PKG_CFLAGS", "").split()
    objects = {}
    for source in sorted(glob.glob(os.path.join(root, folder, "*.c"))):
        objects[os.path.relpath(source, root)] = obj = tempfile.mktemp(".o", dir=out)
        run(*cc, *PLAIN, *flags, "-I" + root + "/common", "-I" + root + "/daemon", *packages, "-c", "-o", obj, source)
    return objects


def symbols(nm_flags, path):
    """(type, name) of each symbol."""
    found = []
    for line in run(os.environ.get("CMEKD_NM", "nm"), "-P", *nm_flags, path).splitlines():
        parts = line.split()
        if len(parts) >= 2:
            found.append((parts[1], parts[0].split("@")[0]))
    return found


def check_core(root):
    """Links the core, all of it, with only those functions of model and base that it reaches."""
    problems = []
    with tempfile.TemporaryDirectory() as out:
        core = compile_all(root, "daemon/core", out, "-fPIC")
        if not core:
            return ["daemon/core has no sources"]
        rest = [o for f in ("common/model", "common/base")
                for o in compile_all(root, f, out, "-fPIC", "-fvisibility=hidden").values()]
        whole = os.path.join(out, "core.so")
        run(*os.environ.get("CMEKD_CC", "gcc").split(), "-shared", "-nostdlib", "-nostartfiles",
            "-Wl,--gc-sections,-z,undefs", "-o", whole, *core.values(), *rest)
        for _, name in symbols(["-D", "-u"], whole):
            if name not in CORE_MAY:
                problems.append(f"daemon/core needs {name}")
        for source, obj in compile_all(root, "daemon/core", out, "-fno-pic").items():
            for kind, name in symbols([], obj):
                if kind in "bBdDC":
                    problems.append(f"{source} keeps state outside the core's struct: {name}")
    return problems


def check_rooms(root):
    problems = []
    with tempfile.TemporaryDirectory() as out:
        for room in ROOMS:
            for source, obj in compile_all(root, room, out, "-fPIC").items():
                for _, name in symbols(["-u"], obj):
                    if FORBIDDEN.match(name) and name not in EXEMPT.get(source, ()):
                        problems.append(f"{source} needs {name}")
    return problems


def main():
    if glob.glob(os.path.join(tree.SRC, "daemon/core/*.c")):
        tap.empty(check_core(tree.SRC), "the core needs only memory and string functions")
    tap.empty(check_rooms(tree.SRC), "the pure rooms see no clock, file, socket, environment, chance or log")
    core = "int core_step(int a);\n"
    tree.reports("a pure core has no problem", check_core, {
        "daemon/core/a.c": "#include <string.h>\nint f(const char *a); int f(const char *a) { return strcmp(a, a + 1); }\n",
        "common/model/m.c": "#include <time.h>\nlong unused(void); long unused(void) { return time(0); }\n"}, None)
    tree.reports("a core that asks for the time", check_core, {
        "daemon/core/a.c": "#include <time.h>\n" + core + "int core_step(int a) { return a + (int)time(0); }\n"},
        "needs time")
    tree.reports("a core that asks for the time through model", check_core, {
        "daemon/core/a.c": "long now(void);\n" + core + "int core_step(int a) { return a + (int)now(); }\n",
        "common/model/m.c": "#include <time.h>\nlong now(void); long now(void) { return time(0); }\n"}, "needs time")
    tree.reports("a core that allocates", check_core, {
        "daemon/core/a.c": "#include <stdlib.h>\nvoid *f(int n); void *f(int n) { return malloc(n); }\n"}, "malloc")
    tree.reports("a core with a static counter", check_core, {
        "daemon/core/a.c": core + "int core_step(int a) { static int n; return n += a; }\n"}, "keeps state.*n")
    tree.reports("a policy that reads the environment", check_rooms, {
        "common/policy/a.c": "#include <stdlib.h>\nchar *f(void); char *f(void) { return getenv(\"A\"); }\n"}, "policy/a.c needs getenv")
    tree.reports("a wire format that prints", check_rooms, {
        "daemon/wire/a.c": "#include <stdio.h>\nvoid f(void *a); void f(void *a) { fprintf(a, \"%d\", 1); }\n"}, "fprintf")
    tap.done()


if __name__ == "__main__":
    main()
