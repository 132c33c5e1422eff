"""Proposals as bytes, for the process that makes them; alone knows the wire form."""

from typing import Any, Final

import orjson

from genesis.mutation.operators.port import Breeding, BreedingError, Proposed, Rejection
from genesis.program import Source

__all__ = ["decode_answer", "decode_request", "encode_answer", "encode_request"]

_MISUSED: Final = "misused"
_REJECTED: Final = "rejected"
_PROPOSED: Final = "proposed"


def encode_request(operator: str, breeding: Breeding) -> bytes:
    """One request for a proposal.

    Raises:
        ValueError: A text has lone surrogates, which are no UTF-8.
    """
    record = {
        "operator": operator,
        "parents": [_source_record(parent) for parent in breeding.parents],
        "language": breeding.language,
        "parameters": dict(breeding.parameters),
        "draw": breeding.draw,
    }
    try:
        return orjson.dumps(record)
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error)) from error


def decode_request(data: bytes) -> tuple[str, Breeding]:
    """The operator's name and the breeding that were encoded."""
    record: dict[str, Any] = orjson.loads(data)  # Any: our own encoder wrote it
    parents = tuple(_source(parent) for parent in record["parents"])
    return record["operator"], Breeding(parents, record["language"], record["parameters"], record["draw"])


def encode_answer(answer: Proposed | Rejection | BreedingError) -> bytes:
    """One answer; a misuse travels too, so that it can be raised where it was made."""
    match answer:
        case Proposed():
            record: dict[str, object] = {
                "kind": _PROPOSED,
                "source": _source_record(answer.source),
                "name": answer.name,
                "rationale": answer.rationale,
                "code_digest": answer.code_digest,
                "diff": answer.diff,
            }
        case Rejection():
            record = {"kind": _REJECTED, "reason": answer.reason, "message": answer.message}
        case BreedingError():
            record = {"kind": _MISUSED, "message": str(answer)}
    return orjson.dumps(record)


def decode_answer(data: bytes) -> Proposed | Rejection:
    """The answer that was encoded.

    Raises:
        BreedingError: The request was a misuse.
    """
    record: dict[str, Any] = orjson.loads(data)  # Any: our own encoder wrote it
    match record["kind"]:
        case "proposed":
            return Proposed(
                source=_source(record["source"]),
                name=record["name"],
                rationale=record["rationale"],
                code_digest=record["code_digest"],
                diff=record["diff"],
            )
        case "rejected":
            return Rejection(record["reason"], record["message"])
        case _:
            raise BreedingError(record["message"])


def _source_record(source: Source) -> dict[str, object]:
    return {"files": dict(source.files), "entry": source.entry}


def _source(record: dict[str, Any]) -> Source:  # Any: our own encoder wrote it
    return Source(record["files"], record["entry"])
