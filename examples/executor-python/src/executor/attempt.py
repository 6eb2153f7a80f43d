"""The folder that holds the truth about one attempt. The plugin and the supervisor of the task share nothing else, and either may be
killed at any moment.

task.json       what is to run; written before a supervisor is started
control         a named pipe that the supervisor reads for as long as it lives: it claims the attempt by making it, which only one of
                several can; whoever opens it for writing learns whether the supervisor lives; what is written asks it to stop
running         is there once the command runs
exit.json       how it ended; written once
stdout, stderr  what the command wrote
supervisor.log  what the supervisor had to complain about, empty as a rule
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import secrets
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


class Attempt:
    """One attempt's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.control = folder / "control"

    # The plugin's side.

    async def start(self, task: dict[str, Any]) -> None:
        """Has the task run, unless it was started before. Returns when a supervisor has claimed the attempt."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.claimed():
            return
        self._write("task.json", task, os.rename)
        words = ["unshare", "--mount", "--pid", "--ipc", "--fork"]
        if os.geteuid() != 0:
            words += ["--user", "--map-root-user"]
        if not task["network"]:
            words += ["--net"]
        words += [sys.executable, "-IS", os.path.abspath(sys.argv[0]), "supervise", str(self.folder)]
        with open(self.folder / "supervisor.log", "ab") as complaints:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath)},
                start_new_session=True,  # so that it outlives the plugin
            )
        assert process.stdout
        if not await process.stdout.readline():
            raise OSError((self.folder / "supervisor.log").read_text(errors="replace").strip() or "unshare has failed")

    def claimed(self) -> bool:
        return self.control.exists()

    def stop(self, grace: float) -> None:
        """Asks the supervisor to end the task; nothing if it has ended."""
        if (pipe := self._open_control()) is not None:
            os.write(pipe, f"{grace}\n".encode())
            os.close(pipe)

    def ended(self) -> bool:
        """Reports whether the supervisor has ended, and with it every process and every mount of the attempt."""
        pipe = self._open_control()
        if pipe is not None:
            os.close(pipe)
        return pipe is None

    async def end(self) -> None:
        """Waits until the supervisor has ended: the kernel reports an error on a pipe that nobody reads any more."""
        if (pipe := self._open_control()) is None:
            return
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        with select.epoll() as errors:
            errors.register(pipe, 0)
            loop.add_reader(errors.fileno(), over.set)
            try:
                await over.wait()
            finally:
                loop.remove_reader(errors.fileno())
                os.close(pipe)

    def exit(self) -> dict[str, Any]:
        """How an attempt ended whose supervisor has ended. One that was killed wrote nothing down: whoever notices does, so that all agree."""
        if not (self.folder / "exit.json").exists():
            message = "the process that watched over the task was killed, or the host restarted"
            self.write_exit({"reason": "VANISHED", "message": message})
        found: dict[str, Any] = json.loads((self.folder / "exit.json").read_text())
        return found

    def remove(self) -> None:
        """Deletes the folder and what the task left in its private places."""
        folders = [str(self.folder)]
        if (self.folder / "task.json").exists():
            folders.insert(0, self.task()["scratch"])
        subprocess.run(["chmod", "-R", "u+rwX", *folders], stderr=subprocess.DEVNULL)  # a task can make folders that even their owner may not read
        subprocess.run(["rm", "-rf", *folders], check=True)

    def _open_control(self) -> int | None:
        try:
            return os.open(self.control, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nobody reads
                return None
            raise

    # The supervisor's side.

    def claim(self) -> int | None:
        """Makes the control pipe and returns it open, or None if another supervisor has the attempt."""
        own = self.folder / f"control.{secrets.token_hex(8)}"
        os.mkfifo(own, 0o600)
        pipe = os.open(own, os.O_RDWR | os.O_NONBLOCK)
        try:
            os.link(own, self.control)
        except FileExistsError:
            return None
        finally:
            os.unlink(own)
        return pipe

    def task(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "task.json").read_text())
        return found

    # Both sides'.

    def write_exit(self, record: dict[str, Any]) -> None:
        """Writes down how it ended, unless that stands there already."""
        with contextlib.suppress(FileExistsError):
            self._write("exit.json", {"finished": time.time(), **record}, os.link)

    def _write(self, name: str, what: dict[str, Any], publish: Any) -> None:
        own = self.folder / f"{name}.{secrets.token_hex(8)}"
        try:
            with open(own, "x") as file:
                json.dump(what, file)
                file.flush()
                os.fsync(file.fileno())
            publish(own, self.folder / name)
        finally:
            own.unlink(missing_ok=True)
