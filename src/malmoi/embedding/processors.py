"""What the processor offers: how many of them, and which integer arithmetic."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def available_processors() -> int:
    """Processors that this process may use: its affinity, cut by the container's quota where there is one."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(Path("/sys/fs/cgroup/cpu.max"))
    return max(1, min(count, quota or count))


def _quota(path: Path) -> int | None:
    try:
        allowed, period = path.read_text().split()
        return None if allowed == "max" else max(1, round(int(allowed) / int(period)))
    except (OSError, ValueError):
        return None


def adds_in_32_bits(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether sums of 8-bit products cannot overflow: VNNI on x86, always elsewhere.

    Older x86 adds pairs of products in 16 bits, saturating: weights must then stay within 7 bits.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    try:
        flags = set(cpuinfo.read_text().split())
    except OSError:
        return False
    return bool(flags & {"avx512_vnni", "avx_vnni"})
