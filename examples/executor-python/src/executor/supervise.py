"""The process that runs one task and writes down how it ended. It needs nothing but Python's own library.

It is the first process of a pid namespace: when it ends, however it ends, the kernel ends everything that the task has started. It
survives the plugin and the agent.
"""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from . import root
from .attempt import Attempt

TIMEOUT_GRACE = 2.0  # seconds that a command has to end by itself when its time is over
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def supervise(folder: str) -> None:
    """Claims the attempt, runs its task, writes down the end. Says so on standard output once the attempt is claimed, whoever has it."""
    if os.getpid() != 1:
        sys.exit("a supervisor runs in a pid namespace of its own")
    attempt = Attempt(Path(folder))
    control = attempt.claim()
    with contextlib.suppress(BrokenPipeError):  # the plugin may be killed while it waits for this
        os.write(1, b"claimed\n")
    os.dup2(2, 1)
    if control is not None:
        attempt.write_exit(run(attempt, control))
    os._exit(0)


def run(attempt: Attempt, control: int) -> dict[str, Any]:
    task = attempt.task()
    try:
        if not task["network"]:
            loopback()
        new_root = root.build(task)
        command = start(attempt, task, new_root)
    except (OSError, subprocess.SubprocessError) as error:
        return {"reason": "START_FAILED", "message": str(error)}
    started = time.time()
    (attempt.folder / "running").touch()
    reason, status = watch(command.pid, control, task["timeout"] or math.inf)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)  # its memory would be that of this process, from which each child began
    outputs = [source for role, source, _ in task["mounts"] if role == "output"]
    if outputs:  # whatever the task has locked, the agent may read it, who need not be root
        subprocess.run(["chmod", "-R", "u+rwX", *outputs], stderr=subprocess.DEVNULL)
    signaled = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {
        "reason": reason,
        "code": 128 + signaled if signaled else os.WEXITSTATUS(status),
        "signal": signaled,
        "message": f"ran longer than its timeout of {task['timeout']} s" if reason == "TIMED_OUT" else "",
        "cpu": used.ru_utime + used.ru_stime,
        "started": started,
    }


def start(attempt: Attempt, task: dict[str, Any], new_root: Path) -> subprocess.Popen[bytes]:
    with open(attempt.folder / "stdout", "ab") as stdout, open(attempt.folder / "stderr", "ab") as stderr:
        return subprocess.Popen(
            task["command"],
            env=dict(task["env"]),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            preexec_fn=lambda: root.enter(new_root, task["folder"]),
        )


def watch(command: int, control: int, timeout: float) -> tuple[str, int]:
    """Waits for the end of the command, brings it about when that is asked for or due, and ends what the command left behind."""
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    reason, term, kill = "EXITED", time.monotonic() + timeout, math.inf
    while (status := reap(command)) is None:
        now = time.monotonic()
        if now >= kill:
            os.kill(-1, signal.SIGKILL)
            kill = math.inf
        elif now >= term:
            reason, term, kill = "TIMED_OUT", math.inf, now + TIMEOUT_GRACE
            os.killpg(command, signal.SIGTERM)
        due = min(term, kill)
        ready, _, _ = select.select([woken, control], [], [], None if due == math.inf else max(0, due - now))
        if woken in ready:
            os.read(woken, 1 << 16)
        if control in ready:
            grace = min(map(float, os.read(control, 1 << 16).split()))
            reason, term, kill = "STOPPED", math.inf, min(kill, time.monotonic() + grace)  # a second request can only hasten the end
            os.killpg(command, signal.SIGTERM)
    try:
        os.kill(-1, signal.SIGKILL)
        while True:
            os.wait()
    except (ProcessLookupError, ChildProcessError):
        return reason, status


def reap(command: int) -> int | None:
    """Collects every process that has ended, as the first of a pid namespace has to, and returns the command's status if it is among them."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid in (command, 0):
            return status if pid == command else None


def loopback() -> None:
    """Gives a namespace without network the one interface that programs take for granted."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP))
