"""The file system that a task sees: an empty root with the host's programs, read-only, and the task's own mounts.

All of it is built in a mount namespace of its own, so that the host never sees a mount, and nothing is left when the task ends.
"""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

#: What of the host's a task sees: the programs, and what they need to run.
HOST = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr", "/etc", "/opt"]
#: Where nothing can be mounted: read-only, or not ours.
TAKEN = [*HOST, "/proc", "/sys", "/dev", "/tmp"]
DEVICES = ["null", "zero", "full", "random", "urandom", "tty"]

# From the kernel's headers. util-linux's mount could do the same, but not make
# a mount read-only whose flags are locked, as those of an ordinary user's
# namespace are.
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC = 2, 4, 8, 4096, 16384
MOUNT_ATTR_RDONLY, AT_FDCWD, AT_RECURSIVE, SYS_MOUNT_SETATTR = 1, -100, 0x8000, 442
CLONE_NEWNS, MNT_DETACH, SYS_PIVOT_ROOT = 0x20000, 2, {"x86_64": 155, "aarch64": 41}.get(platform.machine())
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, CAP_VERSION = 24, 38, 0x20080522
#: The capabilities that container engines leave a root user: CHOWN,
#: DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP,
#: NET_BIND_SERVICE, AUDIT_WRITE, SETFCAP. But not SYS_CHROOT and MKNOD, which
#: are for getting out, and not NET_RAW: the network is the host's.
CAPABILITIES = {0, 1, 3, 4, 5, 6, 7, 8, 10, 29, 31}
libc = ctypes.CDLL(None, use_errno=True)


def build(task: dict[str, Any]) -> Path:
    """Builds the root and returns where it is."""
    scratch = Path(task["scratch"])
    root = scratch / "root"
    root.mkdir(parents=True)
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    for path in HOST:
        if os.path.islink(path):
            inside(root, path).symlink_to(os.readlink(path))
        elif os.path.exists(path):
            bind(path, inside(root, path), read_only=True)
    for path in task["show"]:
        bind(path, inside(root, path), read_only=True)
    (root / "proc").mkdir()
    mount("proc", root / "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    make_read_only(root / "proc")  # the kernel's settings are the host's, and belong to its root
    bind("/sys", root / "sys", read_only=True)
    devices(root / "dev")
    for path in ("root", "run", "var"):
        (root / path).mkdir()
    own(scratch / "tmp", root / "tmp", 0o1777)
    for number, (role, source, target) in enumerate(task["mounts"]):
        private = scratch / f"mount{number}"
        if role == "input":
            private.mkdir()
            copy = ["cp", "-R", "--preserve=mode,timestamps,links", "--reflink=auto", source + "/.", private]
            if subprocess.run(copy).returncode != 0:
                raise OSError("an input could not be copied: supervisor.log in the attempt's folder says why")
            own(private, inside(root, target), 0o755)
        elif role == "scratch":
            own(private, inside(root, target), 0o777)
        else:
            bind(source, inside(root, target), read_only=role == "static")
    return root


def enter(root: Path, folder: str) -> None:
    """Moves the calling process into the root for good, and takes from it the rights to undo what was built."""
    # Whoever is root gets out of a mere chroot. Where the host's file system is
    # not mounted, there is no way to it.
    check(libc.unshare(CLONE_NEWNS), "unshare the mounts")  # the supervisor keeps its own
    os.chdir(root)
    check(libc.syscall(SYS_PIVOT_ROOT, b".", b"."), f"make {root} the root")
    check(libc.umount2(b".", MNT_DETACH), "unmount the host's file system")  # which lies above the new one now
    os.chdir("/")
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    drop()


def drop() -> None:
    """Gives up all capabilities that the task is not to have, and every way to get them back."""
    for capability in range(64):
        if capability not in CAPABILITIES:
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # there are fewer than 64
    header, sets = (ctypes.c_uint32 * 2)(CAP_VERSION, 0), (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice 32 bits
    check(libc.capget(header, sets), "read the capabilities")
    kept = sum(1 << capability for capability in CAPABILITIES)
    sets[:] = [sets[0] & kept, sets[1] & kept, 0, 0, 0, 0]
    check(libc.capset(header, sets), "drop capabilities")
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "forbid new privileges")


def inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def devices(folder: Path) -> None:
    (folder / "shm").mkdir(parents=True)
    mount("tmpfs", folder / "shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777")
    for device in DEVICES:
        bind(f"/dev/{device}", folder / device)
    (folder / "fd").symlink_to("/proc/self/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (folder / name).symlink_to(f"/proc/self/fd/{number}")


def own(folder: Path, target: Path, mode: int) -> None:
    """Puts a folder of the attempt's own somewhere."""
    folder.mkdir(exist_ok=True)
    folder.chmod(mode)
    bind(folder, target)


def bind(source: str | Path, target: Path, read_only: bool = False) -> None:
    """Shows a folder or file at another path as well."""
    if os.path.isdir(source):
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    mount(source, target, "", MS_BIND | MS_REC)
    if read_only:
        make_read_only(target)


def make_read_only(target: Path) -> None:
    attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY, 0, 0, 0)
    done = libc.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, os.fsencode(target), AT_RECURSIVE, ctypes.byref(attributes), ctypes.sizeof(attributes))
    check(done, f"make {target} read-only")


def mount(source: str | Path, target: Path, kind: str, flags: int, options: str = "") -> None:
    done = libc.mount(os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode())
    check(done, f"mount {source} at {target}")


def check(done: int, what: str) -> None:
    if done != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
