"""The channels file refuses destinations that would leak, hit the private network, or carry a secret written out."""

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED
from riskreview.policy.channels import Channel, filled, read_channels
from riskreview.policy.preferences import QuietHours


def written(folder: Path, text: str) -> Path:
    path = folder / "channels.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("kind", "url", "code"),
    [
        ("webhook", "json://169.254.169.254/${KEY}", "E-CHANNEL"),
        ("webhook", "json://10.0.0.1/${KEY}", "E-CHANNEL"),
        ("webhook", "json://2130706433/${KEY}", "E-CHANNEL"),
        ("webhook", "json://0x7f.1/${KEY}", "E-CHANNEL"),
        ("webhook", "jsons://[::1]/${KEY}", "E-CHANNEL"),
        ("webhook", "jsons://[::ffff:10.0.0.1]/${KEY}", "E-CHANNEL"),
        ("webhook", "jsons://localhost/${KEY}", "E-CHANNEL"),
        ("webhook", "jsons://metadata.google.internal/${KEY}", "E-CHANNEL"),
        ("webhook", "jsons://intranet/${KEY}", "E-CHANNEL"),
        ("webhook", "jsons://good.example@127.0.0.1/${KEY}", "E-CHANNEL"),
        ("webhook", "file:///etc/passwd", "E-CHANNEL"),
        ("teams", "workflows://169.254.169.254/flow/${KEY}", "E-CHANNEL"),
        ("teams", "msteams://${KEY}", "E-CHANNEL"),
        ("webhook", "syslog://${KEY}", "E-CHANNEL"),
        ("webhook", "jsons://hook.example/${KEY}?redirect=yes", "E-CHANNEL"),
        ("webhook", "jsons://hook.example/${KEY}?verify=no", "E-CHANNEL"),
        ("webhook", "jsons://hook.example/${KEY}?Retry=5", "E-CHANNEL"),
        ("webhook", "jsons://hook.example/a,json://10.0.0.1/${KEY}", "E-CHANNEL"),
        ("wecom", "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${KEY}", "E-CHANNEL"),
        ("mail", "mailto://169.254.0.9?to={address}", "E-CHANNEL"),
        ("mail", "mailto://127.0.0.1:25?to={address}", "E-CHANNEL"),
        ("mail", "mailtos://smtp.example.com?to={address}&bcc=thief@evil.example", "E-CHANNEL"),
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6", "E-SECRET-INLINE"),
        ("mail", "mailtos://me:hunter2@smtp.example.com?to={address}&from=${FROM}", "E-SECRET-INLINE"),
        ("slack", "slack://T1/B2/C3", "E-SECRET-INLINE"),
    ],
)
def test_a_bad_destination_is_refused_with_its_code(tmp_path: Path, kind: str, url: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_channels(written(tmp_path, f'channels: {{x: {{kind: {kind}, url: "{url}"}}}}'))
    assert refused.value.code == code
    assert refused.value.line == 1
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("mail", "mailto://10.1.2.3:25?from=risk@example.com&to={address}"),
        ("mail", "mailtos://${USER}:${PASSWORD}@smtp.example.com:587?from=risk@example.com&to={address}"),
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${KEY}"),
        ("wecom", "wecombot://${KEY}"),
        ("slack", "${SLACK}"),
    ],
)
def test_ordinary_destinations_are_accepted(tmp_path: Path, kind: str, url: str) -> None:
    found = read_channels(written(tmp_path, f'channels: {{x: {{kind: {kind}, url: "{url}"}}}}'))
    assert found.channels["x"].kind == kind


def test_a_variable_that_turns_out_to_hold_a_bad_destination_is_refused_at_the_send() -> None:
    channel = Channel.model_validate({"kind": "webhook", "url": "${HOOK}"})
    with pytest.raises(BadInput, match="E-CHANNEL"):
        channel.target("a", {"HOOK": "json://192.168.0.1/x"})
    with pytest.raises(BadInput, match="HOOK is not set"):
        channel.target("a", {})


def test_a_loopback_server_needs_an_explicit_word(tmp_path: Path) -> None:
    url = "mailto://127.0.0.1:${PORT}?from=a@b.example&to={address}"
    with pytest.raises(BadInput):
        read_channels(written(tmp_path, f'channels: {{x: {{kind: mail, url: "{url}"}}}}'))
    found = read_channels(written(tmp_path, f'channels: {{x: {{kind: mail, url: "{url}", allow_loopback: true}}}}'))
    assert found.channels["x"].target("li@x.example", {"PORT": "2525"}).startswith("mailto://127.0.0.1:2525?")


def test_an_address_cannot_smuggle_a_parameter_into_the_url() -> None:
    channel = Channel.model_validate({"kind": "mail", "url": "mailto://smtp.example.com?to={address}"})
    assert "verify" not in channel.target("x@y.example", {})
    assert "&smtp=" not in channel.target("x@y.example&smtp=evil.example", {})


def test_a_lease_shorter_than_a_send_is_refused(tmp_path: Path) -> None:
    text = 'channels: {x: {kind: slack, url: "${S}", timeout_seconds: 100}}\ndelivery: {lease_seconds: 150}'
    with pytest.raises(BadInput, match="lease_seconds"):
        read_channels(written(tmp_path, text))


def test_a_misspelled_key_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Did you mean singles"):
        read_channels(written(tmp_path, 'channels:\n  x:\n    kind: slack\n    url: "${S}"\n    singels: 4'))


def test_the_shipped_file_is_valid_and_holds_no_secret() -> None:
    channels = read_channels(PACKAGED / "policies" / "channels.yaml")
    assert "mail" in channels.channels
    assert all(channel.url.startswith("${") for channel in channels.channels.values())


def test_an_urgent_only_channel_carries_nothing_below() -> None:
    channel = Channel.model_validate({"kind": "slack", "url": "${S}", "from_urgency": "high"})
    assert [channel.carries(urgency) for urgency in ("critical", "high", "normal", "low")] == [True, True, False, False]


@given(st.times(), st.times(), st.times())
def test_quiet_hours_and_their_complement_cover_the_day(begin: time, end: time, moment: time) -> None:
    quiet, rest = QuietHours(begin=begin, end=end), QuietHours(begin=end, end=begin)
    if begin != end:
        assert quiet.holds(moment) != rest.holds(moment)


def test_filling_leaves_text_without_variables_alone() -> None:
    assert filled("plain {address}", {}) == "plain {address}"
