"""The stream of events as it is to be: declared in one place, made where it is not there, checked where it is.

A stream that is there is held against what must hold for anybody (subjects, file storage, nothing dropped but the
oldest) and against what the settings wish for; what they leave open is as the operator of the broker has it.

How often the broker syncs its files is its own business, and no client can see it: `sync_interval` is two minutes by
default, so a broker that loses power may lose what it acknowledged. The log is the record and was synced before; the
relay notices a stream that lost its end and fills it again. Set ``sync_interval: always`` where others than we rely on
the stream, at about a tenth of the rate.
"""

from collections.abc import Iterator

from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import BadRequestError, NotFoundError

from events.bus.connection import Connection
from events.bus.settings import STREAM, StreamSettings
from events.bus.subject import PREFIX
from events.errors import StreamLost, StreamMismatch

__all__ = ["declared", "differences", "prepare"]

_NAME_TAKEN = 10058  # made by somebody else meanwhile, with another configuration
_REPLICAS, _MAX_AGE_S, _MAX_BYTES, _DUPLICATE_WINDOW_S = 1, 0.0, -1, 120.0


def declared(settings: StreamSettings) -> StreamConfig:
    """The stream as it is made."""
    max_age_s = _MAX_AGE_S if settings.max_age_s is None else settings.max_age_s
    window_s = _DUPLICATE_WINDOW_S if settings.duplicate_window_s is None else settings.duplicate_window_s
    return StreamConfig(
        name=STREAM,
        description="Events of Genesis runs: one message an event, the log's line as it stands",
        subjects=[f"{PREFIX}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        num_replicas=settings.replicas or _REPLICAS,
        max_age=max_age_s,
        max_bytes=_MAX_BYTES if settings.max_bytes is None else settings.max_bytes,
        duplicate_window=min(window_s, max_age_s) if max_age_s else window_s,  # the broker takes no longer one
        max_msgs=-1,
        max_msgs_per_subject=-1,
        max_msg_size=-1,
        allow_direct=True,
    )


def differences(found: StreamConfig, settings: StreamSettings) -> Iterator[str]:
    """What is not as declared, a sentence each with what it is, what it should be and how to change it."""
    wanted = declared(settings)
    edit = f"nats stream edit {STREAM}"
    fixed = (
        ("subjects", found.subjects, wanted.subjects, f"{edit} --subjects '{PREFIX}.>'"),
        ("storage", found.storage, wanted.storage, "it cannot be changed: copy and delete the stream"),
        ("retention", found.retention, wanted.retention, "it cannot be changed: copy and delete the stream"),
        ("discard", found.discard, wanted.discard, f"{edit} --discard old"),
        ("no_ack", bool(found.no_ack), False, f"{edit} --ack"),
        ("sealed", bool(found.sealed), False, "it cannot be changed: copy and delete the stream"),
        ("max_msgs_per_subject", found.max_msgs_per_subject, -1, f"{edit} --max-msgs-per-subject=-1"),
    )
    wished = (
        ("replicas", settings.replicas, found.num_replicas, f"{edit} --replicas {settings.replicas}"),
        ("max_age_s", settings.max_age_s, found.max_age or 0.0, f"{edit} --max-age {settings.max_age_s}s"),
        ("max_bytes", settings.max_bytes, found.max_bytes, f"{edit} --max-bytes {settings.max_bytes}"),
        (
            "duplicate_window_s",
            settings.duplicate_window_s,
            found.duplicate_window,
            f"{edit} --dupe-window {settings.duplicate_window_s}s",
        ),
    )
    for name, is_now, should_be, remedy in fixed:
        if is_now != should_be:
            yield f"{name} is {is_now}, {should_be} is needed ({remedy})"
    for name, wish, is_now, remedy in wished:
        if wish is not None and wish != is_now:
            yield f"{name} is {is_now}, nats.stream.{name} says {wish} ({remedy}, or leave the key out)"


async def prepare(connection: Connection, settings: StreamSettings, *, make: bool = True) -> StreamInfo:
    """The stream, checked; made if it is not there.

    Raises:
        StreamMismatch: It is not as declared.
        StreamLost: It is not there, and is not to be made.
        BusError: As the connection fails.
    """
    with connection.translating():
        try:
            found = await connection.jetstream.stream_info(STREAM)
        except NotFoundError:
            if not make:
                raise StreamLost(
                    f"there is no stream {STREAM} at {connection.where}: no run was relayed there"
                ) from None
            found = await _make(connection, settings)
    wrong = list(differences(found.config, settings))
    if wrong:
        raise StreamMismatch(f"stream {STREAM} at {connection.where} is not as declared: {'; '.join(wrong)}")
    return found


async def _make(connection: Connection, settings: StreamSettings) -> StreamInfo:
    try:
        return await connection.jetstream.add_stream(  # pyright: ignore[reportUnknownMemberType]  its keywords have no types
            declared(settings)
        )
    except BadRequestError as error:
        if error.err_code != _NAME_TAKEN:
            raise
        return await connection.jetstream.stream_info(STREAM)
