"""The executor's answer to each call of the contract. What each promises is said once, on the Go interface: go doc sdk.Executor.

The executor remembers nothing but its site: all that it knows of an attempt stands in the attempt's folder.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import re
import secrets
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from .attempt import Attempt
from .contract import Refusal, complaint, pb, refuse_if_any
from .root import TAKEN

VERSION = "dev"
CHUNK = 64 << 10  # the most that the contract allows in one piece of output
ATTEMPT = re.compile(r"[a-z0-9-]{1,64}")
ROLES = {pb.ROLE_INPUT: "input", pb.ROLE_OUTPUT: "output", pb.ROLE_STATIC: "static", pb.ROLE_SCRATCH: "scratch"}
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Executor:
    """Runs the tasks of flows as processes of this host. Its methods have the contract's names."""

    def __init__(self) -> None:
        self._site: Any = None
        self._show: list[str] = []
        self._seen = fingerprint(pb.HEALTH_UNHEALTHY, "still trying whether tasks can be run on this host")

    async def Describe(self, request: Any) -> Any:
        show = pb.Field(
            name="show",
            type=pb.TYPE_LIST,
            element=pb.Field(type=pb.TYPE_STRING),
            doc="More paths of the host that tasks can read, such as a Python environment under /home.",
        )
        return pb.DescribeResponse(
            name="python",
            version=VERSION,
            doc="Runs tasks with this host's own programs; an example of a plugin without Go.",
            config=pb.Schema(fields=[show]),
            options=pb.Schema(),
            capabilities=pb.Capabilities(logs=True),
        )

    async def Configure(self, request: Any) -> Any:
        if self._site is not None:
            raise Refusal("FAILED_PRECONDITION", "configure python: it is configured already")
        config = read_object(request.config_json, "config", known=["show"])
        show = config.get("show") or []
        if not isinstance(show, list):
            refuse_if_any([complaint("config", "show", says='"show" must be a list')])
        refuse_if_any(
            [
                complaint("config", "show", str(i), says=f"{path!r} is not the absolute path of something on this host")
                for i, path in enumerate(show)
                if not (isinstance(path, str) and os.path.isabs(path) and os.path.exists(path))
            ]
        )
        self._show, self._site = show, request.site
        return pb.ConfigureResponse()

    async def Fingerprint(self, request: Any) -> AsyncIterator[Any]:
        sent = None
        while True:
            looking = asyncio.create_task(self._look())
            if sent is None and not (await asyncio.wait([looking], timeout=1))[0]:
                yield self._seen  # the host is busy, and the contract wants an answer soon
                sent = self._seen
            self._seen = await asyncio.shield(looking)  # an agent that does not listen any more does not break it off
            if self._seen != sent:
                yield self._seen
            sent = self._seen
            await asyncio.sleep(60)

    async def _look(self) -> Any:
        """Tries whether a task can be run here: nothing less tells, since a dozen settings of the kernel can forbid a part of it."""
        attempt = Attempt(self._folder() / f".try-{secrets.token_hex(8)}")
        task = pb.Task(attempt="try", container=pb.Container(command=pb.Words(words=["true"])), work_dir=str(attempt.folder))
        try:
            await attempt.start(self._plan(task))
            await attempt.end()
            exit = attempt.exit()
            problem = "" if exit["reason"] == "EXITED" and exit["code"] == 0 else exit["message"]
        except OSError as error:
            problem = str(error)
        finally:
            attempt.remove()
        if not problem:
            return fingerprint(pb.HEALTH_HEALTHY)
        hint = "it needs util-linux, and root or unprivileged user namespaces; in a container, the right to make mounts"
        return fingerprint(pb.HEALTH_UNDETECTED, f"tasks cannot be run on this host: {problem}; {hint}")

    async def ValidateTask(self, request: Any) -> Any:
        return pb.ValidateTaskResponse(diagnostics=self._complaints(request.task))

    async def Start(self, request: Any) -> Any:
        attempt = self._attempt(request.task.attempt)
        refuse_if_any(self._complaints(request.task))
        try:
            await attempt.start(self._plan(request.task))
        except OSError as error:
            raise Refusal("UNAVAILABLE", f"start attempt {request.task.attempt}: {error}") from error
        return pb.StartResponse()

    async def Recover(self, request: Any) -> Any:
        self._known(request.task.attempt)  # the supervisor lives by itself
        return pb.RecoverResponse()

    async def Watch(self, request: Any) -> AsyncIterator[Any]:
        attempt = self._known(request.attempt)
        running = attempt.folder / "running"
        if not running.exists() and not attempt.ended():
            yield pb.WatchResponse(state=pb.STATE_STARTING)
        while not running.exists() and not attempt.ended():
            await asyncio.sleep(0.01)
        if running.exists():
            yield pb.WatchResponse(state=pb.STATE_RUNNING)
        await attempt.end()
        yield pb.WatchResponse(exit=exit_message(attempt.exit()))

    async def Stop(self, request: Any) -> Any:
        self._known(request.attempt).stop(request.grace.seconds + request.grace.nanos / 1e9)
        return pb.StopResponse()

    async def Remove(self, request: Any) -> Any:
        attempt = self._attempt(request.attempt)
        if attempt.folder.exists():
            if attempt.claimed() and not attempt.ended():
                raise Refusal("FAILED_PRECONDITION", f"attempt {request.attempt} still runs: stop it first")
            await asyncio.to_thread(attempt.remove)
        return pb.RemoveResponse()

    async def List(self, request: Any) -> Any:
        found = [Attempt(folder) for folder in self._folder().glob("*") if ATTEMPT.fullmatch(folder.name)]
        # One that no supervisor has claimed never began, and can be removed.
        held = [pb.Held(attempt=a.folder.name, ended=not a.claimed() or a.ended()) for a in found]
        return pb.ListResponse(held=held)

    async def Logs(self, request: Any) -> AsyncIterator[Any]:
        if request.after and not request.after.isdecimal():
            raise Refusal("INVALID_ARGUMENT", f"{request.after!r} is not a cursor of this executor")
        names = {pb.STREAM_STDOUT: "stdout", pb.STREAM_STDERR: "stderr"}
        if request.stream not in names:
            raise Refusal("INVALID_ARGUMENT", f"logs of {request.attempt}: ask for stdout or stderr")
        attempt = self._known(request.attempt)
        path, offset = attempt.folder / names[request.stream], int(request.after or 0)
        while True:
            ended = attempt.ended()  # asked before reading: what is written later is read the next time round
            if path.exists():
                with open(path, "rb") as file:
                    file.seek(offset)
                    while data := file.read(CHUNK):
                        offset += len(data)
                        yield pb.LogsResponse(data=data, next=str(offset))
            if ended or not request.follow:
                return
            await asyncio.sleep(0.1)

    def _folder(self) -> Path:
        if self._site is None:
            raise Refusal("FAILED_PRECONDITION", "python is not configured yet")
        return Path(self._site.work_dir)

    def _attempt(self, id: str) -> Attempt:
        if not ATTEMPT.fullmatch(id):  # it comes from outside, and must not lead anywhere else
            raise Refusal("INVALID_ARGUMENT", f"{id!r} is not an attempt's id")
        return Attempt(self._folder() / id)

    def _known(self, id: str) -> Attempt:
        attempt = self._attempt(id)
        if not attempt.claimed():
            raise Refusal("NOT_FOUND", f"attempt {id} is not known here")
        return attempt

    def _complaints(self, task: Any) -> list[Any]:
        """What a task asks for that is not to be had here. To say so is a duty: a word that is taken and not followed is a lie."""
        self._folder()
        read_object(task.options_json, "options", known=[])
        container, found = task.container, []

        def refuse(asked: object, *path: str, says: str) -> None:
            if asked:
                found.append(complaint(*path, says=says, do="run the flow where there is a container runtime, or leave the word out"))

        if container.image:
            found.append(complaint("image", says="images are not used here: the command runs with the host's programs", warning=True))
        refuse(not command_of(container), "command", says="without an image, the program to run must be given")
        refuse(container.user, "user", says="tasks run as the agent's user here")
        refuse(container.ports, "ports", says="tasks use the host's network here")
        refuse(container.ipc_mode not in ("", "private"), "ipc_mode", says="tasks have an IPC namespace of their own here")
        refuse(container.device_rules, "device_cgroup_rules", says="tasks see no devices here")
        refuse(task.gpus or task.gpu_count, "gpu", says="tasks see no GPUs here")
        for field, _ in task.resources.ListFields():
            refuse(True, WORDS.get(field.name, field.name), says="there are no limits here")
        targets = [os.path.normpath(mount.target) for mount in task.mounts]
        for mount, target in zip(task.mounts, targets):
            if problem := self._problem(mount, target, targets):
                found.append(complaint(f"{ROLES.get(mount.role)}_mounts", mount.name, says=problem))
        return found

    def _problem(self, mount: Any, target: str, targets: list[str]) -> str:
        if mount.role not in ROLES:
            return "the mount has no role that is known here"
        if not os.path.isabs(target) or target == "/" or any(is_within(target, taken) for taken in [*TAKEN, *self._show]):
            return f"nothing can be mounted at {mount.target} here"
        if sum(is_within(target, other) for other in targets) > 1:
            return f"{mount.target} is within another mount, which is not possible here"
        source = os.path.realpath(mount.source)  # a symlink could lead anywhere
        if mount.role != pb.ROLE_SCRATCH and not any(is_within(source, root) for root in self._site.roots):
            return "its source is not within the agent's folders"
        if mount.role != pb.ROLE_SCRATCH and not os.path.isdir(source):
            return "its source is not a folder"
        return ""

    def _plan(self, task: Any) -> dict[str, Any]:
        """The task as the supervisor reads it."""
        environment = [("PATH", PATH), ("HOME", "/root"), *((v.name, v.value) for v in task.container.env)]
        return {
            "command": command_of(task.container),
            "env": environment,
            "folder": os.path.join("/", task.container.working_dir),
            "network": not task.container.network_disabled,
            "mounts": [(ROLES[m.role], os.path.realpath(m.source), os.path.normpath(m.target)) for m in task.mounts],
            "show": self._show,
            "scratch": os.path.join(task.work_dir or self._folder() / task.attempt, "python"),
            "timeout": task.timeout.seconds + task.timeout.nanos / 1e9,
        }


#: The flow's words for limits, where they differ from the contract's.
WORDS = {
    "memory": "mem_limit",
    "memory_reservation": "mem_reservation",
    "memory_swap": "memswap_limit",
    "memory_swappiness": "mem_swappiness",
    "cpu_set_cpus": "cpuset_cpus",
    "pids": "pids_limit",
}


def fingerprint(health: int, message: str = "") -> Any:
    backend = f"linux {platform.release()}, python {platform.python_version()}"
    return pb.FingerprintResponse(health=health, message=message, backend=backend, local=True)


def command_of(container: Any) -> list[str]:
    return [*container.entrypoint.words, *container.command.words]


def is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def read_object(data: bytes, path: str, known: list[str]) -> dict[str, Any]:
    """Reads an object of JSON and refuses the words that are not known."""
    try:
        found = json.loads(data) if data else {}
    except ValueError as error:
        raise Refusal("INVALID_ARGUMENT", f"{path}: {error}") from error
    if not isinstance(found, dict):
        raise Refusal("INVALID_ARGUMENT", f"{path} must be an object")
    refuse_if_any([complaint(path, word, says=f"unknown word {word!r}") for word in found if word not in known])
    return found


def exit_message(record: dict[str, Any]) -> Any:
    """The attempt's end, from what the supervisor has written down."""
    return pb.Exit(
        reason=getattr(pb, "REASON_" + record["reason"]),
        code=record.get("code", 0),
        signal=record.get("signal", 0),
        message=record.get("message", ""),
        node=socket.gethostname(),
        usage=pb.Usage(cpu=seconds(pb.Duration, record.get("cpu", 0))),
        started=seconds(pb.Timestamp, record["started"]) if "started" in record else None,
        finished=seconds(pb.Timestamp, record["finished"]),
    )


def seconds(kind: Any, value: float) -> Any:
    return kind(seconds=int(value), nanos=int(value % 1 * 1e9))
