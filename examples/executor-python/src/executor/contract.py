"""The messages and errors of raddeploy.executor.v1.

The classes are made at run time from executor.binpb, which is executor.proto in protobuf's own binary form (a FileDescriptorSet,
as `buf build` and `protoc --descriptor_set_out` write it). So there is no generated code, and no generator to install.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_set = descriptor_pb2.FileDescriptorSet.FromString(pkgutil.get_data(__package__, "executor.binpb") or b"")
_contract = next(file for file in _set.file if file.package == "raddeploy.executor.v1")

#: The contract's one service: its name, and its methods as protobuf describes them.
SERVICE: str = f"{_contract.package}.{_contract.service[0].name}"
METHODS: Sequence[Any] = _contract.service[0].method


def _load() -> SimpleNamespace:
    pool = descriptor_pool.DescriptorPool()
    for file in _set.file:  # a file stands behind those it needs
        pool.AddSerializedFile(file.SerializeToString())
    class_of = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    found: dict[str, Any] = {}
    for file in _set.file:
        for message in file.message_type:
            found[message.name] = class_of(pool.FindMessageTypeByName(f"{file.package}.{message.name}"))
        for enum in file.enum_type:
            found.update((value.name, value.number) for value in enum.value)
    return SimpleNamespace(**found)


#: Each message and each value of an enumeration, by its name: pb.Task, pb.HEALTH_HEALTHY.
pb = _load()


class Refusal(Exception):
    """An error whose kind the agent acts on, and that may say which words it is about.

    kind is one of the contract's: INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, UNAVAILABLE, … Every other exception counts as
    UNKNOWN.
    """

    def __init__(self, kind: str, message: str, diagnostics: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.diagnostics = diagnostics


def complaint(*path: str, says: str, do: str = "", warning: bool = False) -> Any:
    """Says what is wrong with the word that path leads to, and what to do."""
    return pb.Diagnostic(path=path, summary=says, detail=do, warning=warning)


def refuse_if_any(complaints: Sequence[Any]) -> None:
    """Raises a Refusal that carries the complaints, if one is more than a warning."""
    errors = [c for c in complaints if not c.warning]
    if errors:
        text = "; ".join(": ".join(filter(None, (".".join(c.path), c.summary, c.detail))) for c in errors)
        raise Refusal("INVALID_ARGUMENT", text, complaints)


def status_of(error: Exception, code: int) -> bytes:
    """The error as the trailer grpc-status-details-bin carries it: a google.rpc.Status with one ErrorDetail."""
    kind = error.kind if isinstance(error, Refusal) else "UNKNOWN"
    detail = pb.ErrorDetail(
        kind=getattr(pb, "ERROR_KIND_" + kind),
        retryable=kind in ("UNAVAILABLE", "RESOURCE_EXHAUSTED"),
        diagnostics=getattr(error, "diagnostics", ()),
    )
    name = f"type.googleapis.com/{_contract.package}.ErrorDetail"
    status = pb.Status(code=code, message=str(error), details=[pb.Any(type_url=name, value=detail.SerializeToString())])
    return bytes(status.SerializeToString())
