"""Token identifiers and moments in the logs' writings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.service.identifiers import (
    long_token_identifier,
    request_id_of,
    token_identifier,
)
from mailwitness.simulate.service.moments import fraction, unzoned, zulu

PUBLIC_SHORT = ("22608a25-1d9b-44b5-b0f2-cb94f06b2d00", "JYpgIpsdtUSw8suU8GstAA")
"""A sign-in's id and unique token identifier of 2023-10-24 (splunk/security_content, azure_active_directory_sign_in_activity.yml)."""
PUBLIC_LONG = ("088b4409-9e63-425d-b777-2c8c6c380b00", "MDg4YjQ0MDktOWU2My00MjVkLWI3NzctMmM4YzZjMzgwYjAw")
"""The same of 2022-03-17 (elastic/integrations, packages/azure, signinlogs)."""


def test_the_short_writing_is_the_one_of_a_public_sign_in() -> None:
    """22 characters are base64url of the GUID's bytes as .NET holds them."""
    assert PUBLIC_SHORT[1] == token_identifier(PUBLIC_SHORT[0])


def test_the_long_writing_is_the_one_of_a_public_sign_in() -> None:
    """48 characters are base64 of the GUID's text."""
    assert PUBLIC_LONG[1] == long_token_identifier(PUBLIC_LONG[0])


@pytest.mark.parametrize("write", [token_identifier, long_token_identifier])
def test_both_writings_lead_back_to_the_request(write: object) -> None:
    """A mail record's token identifier gives the id of the sign-in that issued the token."""
    chance = Chance(3)
    ids = [chance.guid("request", n) for n in range(200)]

    assert ids == [request_id_of(write(id_)) for id_ in ids]  # type: ignore[operator]


@pytest.mark.parametrize("at", [0, 1_772_442_922_123, 951_782_399_999, 1_709_164_800_000])
def test_moments_are_those_of_the_calendar(at: int) -> None:
    """The kept date parts agree with the standard library, leap days included."""
    moment = datetime.fromtimestamp(at / 1000, UTC)

    assert moment.strftime("%Y-%m-%dT%H:%M:%S") == unzoned(at)
    assert moment.strftime("%Y-%m-%dT%H:%M:%SZ") == zulu(at)
    assert f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}0000Z" == fraction(at)
