# SPDX-License-Identifier: Apache-2.0
"""On which machine, and when, something was measured: it belongs to every figure."""
import datetime
import os
import platform


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), platform.machine())
    with open("/proc/meminfo", encoding="utf-8") as f:
        memory_kib = int(f.readline().split()[1])
    return {"processors": os.cpu_count(), "model": model, "memory_gib": round(memory_kib / 2 ** 20, 1),
            "kernel": platform.release(), "load": os.getloadavg()[0]}


def today():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
