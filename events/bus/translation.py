"""What the errors of nats-py mean to whoever has to act on them."""

import os
import socket
import ssl

from nats import errors as nats_errors
from nats.js import errors as js_errors

from events.bus.settings import NatsSettings
from events.errors import BusError, BusRefused, BusUnavailable, StreamLost

__all__ = ["translate"]

_NO_JETSTREAM = frozenset({10039, 10076})  # JetStream is off: for the account, for the server
_GONE = frozenset({10014, 10059})  # there is no such consumer, no such stream
_FULL = frozenset({10002, 10023, 10028, 10047})  # out of storage or of the account's share: may be made room for


def translate(error: Exception, settings: NatsSettings) -> BusError:
    """What an error of nats-py means to whoever has to act on it; secrets do not get into it.

    Args:
        error: From nats-py, or from the operating system while it connects.
        settings: Where the server is, and who we say that we are.
    """
    where = settings.shown
    match error:
        case BusError():
            return error
        case js_errors.APIError():
            return _api_error(error, where)
        case js_errors.NoStreamResponseError():
            return StreamLost(f"no stream at {where} takes events: it was deleted")
        case ssl.SSLError() | nats_errors.SecureConnWantedError():
            return _tls_error(error, where)
        case nats_errors.Error() | ValueError():
            return _client_error(error, settings)
        case _:
            return BusUnavailable(f"{where} cannot be reached: {_told(error)}")


def _tls_error(error: Exception, where: str) -> BusError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return BusRefused(
            f"{where}: its certificate cannot be verified ({error.verify_message}): "
            f"name the authority that signed it with nats.tls_ca, and the server by the name in its certificate"
        )
    if isinstance(error, ssl.SSLError):
        return BusRefused(
            f"{where}: no TLS connection ({(error.reason or 'handshake failed').lower().replace('_', ' ')}): check "
            f"nats.tls_ca, and nats.tls_cert and nats.tls_key where it asks for a certificate"
        )
    return BusRefused(f"{where} speaks no TLS: use a nats:// address, or turn TLS on at the server")


def _api_error(error: js_errors.APIError, where: str) -> BusError:
    said = f"{error.description or 'no description'} (code {error.err_code})"
    if isinstance(error, js_errors.ServiceUnavailableError) and not error.err_code:
        return BusRefused(
            f"{where} has no JetStream: start nats-server with --jetstream, or turn it on for this account"
        )
    match error.err_code:
        case code if code in _NO_JETSTREAM:
            return BusRefused(
                f"{where}: {said}: start nats-server with --jetstream, or turn JetStream on for this account"
            )
        case code if code in _GONE:
            return StreamLost(f"{where}: {said}: it was deleted")
        case code if code in _FULL:
            return BusUnavailable(
                f"{where} has no room: {said}: give it more storage, or a shorter nats.stream.max_age_s"
            )
        case _ if (error.code or 500) >= 500:
            return BusUnavailable(f"{where}: {said}")
        case _:
            return BusRefused(f"{where}: {said}")


def _client_error(error: Exception, settings: NatsSettings) -> BusError:
    said, where = str(error).removeprefix("nats: ").strip("'\"") or type(error).__name__, settings.shown
    low = said.lower()
    if "permissions violation" in low:
        return BusRefused(
            f"{where}: {said}: the user needs to publish to genesis.events.>, $JS.API.> and $JS.ACK.>, and to "
            f"subscribe to _INBOX.>"
        )
    if low == "authentication timeout":  # we were too slow, or it was, which says nothing of who we are
        return BusUnavailable(f"{where} cannot be reached: {low}")
    if isinstance(error, nats_errors.AuthorizationError) or "authorization" in low or "authentication" in low:
        return BusRefused(f"{where} refuses {_who(settings)}: {low}; check it against the server's users")
    if isinstance(error, nats_errors.MaxPayloadError) or "maximum payload" in low:
        return BusRefused(f"an event is larger than {where} takes: raise max_payload in the server's configuration")
    if isinstance(error, (nats_errors.InvalidUserCredentialsError, ValueError)):
        return BusRefused(f"{_who(settings)} cannot be used: give the right file ({low})")
    return BusUnavailable(f"{where} cannot be reached: {_told(error)}")


def _who(settings: NatsSettings) -> str:
    shown = (
        (settings.credentials, f"the credentials file {settings.credentials}"),
        (settings.nkey, f"the NKEY in {settings.nkey}"),
        (settings.token_env, f"the token in the environment variable {settings.token_env}"),
        (settings.user, f"user {settings.user} with the password in {settings.password_env}"),
    )
    given = [text for value, text in shown if value]
    return " and ".join(given) if given else "us without credentials (nats.credentials, nats.nkey, nats.token_env)"


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno).lower()
    if isinstance(error, socket.gaierror):
        return "no machine of that name is known"
    return str(error).removeprefix("nats: ").lower() or "no answer in time"
