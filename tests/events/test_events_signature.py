"""A web hook's signature: the published vector, and everything that must not pass."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreview.events.secrets import make_secret, sender_keys
from riskreview.events.signature import NotSigned, check_signature, read_key, sign, write_key
from riskreview.foundation.errors import BadInput, Conflict

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
SENT = int(NOW.timestamp())
WINDOW = timedelta(minutes=5)


def check(*keys, event_key="msg-1", sent=str(SENT), signatures=None, body=b"{}", now=NOW):
    check_signature(keys or (KEY,), event_key=event_key, sent=sent, body=body, now=now, window=WINDOW,
                    signatures=sign(KEY, "msg-1", SENT, b"{}") if signatures is None else signatures)  # fmt: skip


def test_the_published_example_of_standard_webhooks_verifies():
    key = read_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "bureau")
    body = b'{"test": 2432232314}'

    assert (
        sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_message_of_the_sender_passes_and_may_carry_signatures_of_two_keys():
    check()
    check(signatures=f"{sign(OTHER, 'msg-1', SENT, b'{}')} {sign(KEY, 'msg-1', SENT, b'{}')}")
    check(OTHER, KEY)


@pytest.mark.parametrize("change", [
    {"body": b"{ }"}, {"event_key": "msg-2"}, {"sent": str(SENT + 1)}, {"signatures": ""}, {"signatures": "v1,"},
    {"signatures": "v1a,AAAA"}, {"sent": ""}, {"sent": "now"}, {"sent": "9" * 30}, {"sent": "１２"}, {"sent": "-5"},
])  # fmt: skip
def test_whatever_is_exchanged_is_noticed(change):
    with pytest.raises(NotSigned):
        check(**change)


def test_another_key_or_none_does_not_pass():
    with pytest.raises(NotSigned):
        check(OTHER)
    with pytest.raises(NotSigned):
        check_signature((), event_key="m", sent=str(SENT), signatures="v1,", body=b"", now=NOW, window=WINDOW)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_message_from_outside_the_window_is_a_replay(minutes):
    with pytest.raises(NotSigned, match="300 s"):
        check(now=NOW + timedelta(minutes=minutes))


@given(st.binary(min_size=24, max_size=64))
def test_a_secret_survives_being_written_down(key):
    assert read_key(write_key(key), "bureau") == key


@pytest.mark.parametrize("text", ["whsec_AAAA", "whsec_no base64!", ""])
def test_a_weak_or_broken_secret_is_refused_without_showing_it(text):
    with pytest.raises(BadInput) as caught:
        read_key(text, "bureau")

    assert text not in str(caught.value) or not text


def test_a_secret_is_made_once_and_rotated_with_the_old_one_still_valid(instance):
    first = make_secret(instance, "bureau")
    with pytest.raises(Conflict):
        make_secret(instance, "bureau")
    second = make_secret(instance, "bureau", rotate=True)
    third = make_secret(instance, "bureau", rotate=True)

    assert sender_keys(instance, "bureau", {}) == (read_key(second, "bureau"), read_key(third, "bureau"))
    assert first not in {second, third}


def test_a_secret_others_can_read_is_not_used(instance):
    make_secret(instance, "bureau")
    path = instance.home / "keys" / "events" / "bureau.key"
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o640)

    with pytest.raises(BadInput, match="E-SECRET-FILE"):
        sender_keys(instance, "bureau", {})


def test_the_environment_wins_over_the_file(instance):
    make_secret(instance, "bureau")

    assert sender_keys(
        instance, "bureau", {"RISKREVIEW_EVENTS_SECRET_BUREAU": f"{write_key(KEY)} {write_key(OTHER)}"}
    ) == (KEY, OTHER)
    assert sender_keys(instance, "elsewhere", {}) == ()
