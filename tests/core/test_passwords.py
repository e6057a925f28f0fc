"""Passwords: what is accepted, how they are kept."""

import re
import time

import pytest

from app.core.errors import Invalid
from app.core.passwords import check_new_password, hash_password, needs_new_hash, verify_password


@pytest.mark.parametrize(
    "password",
    ["tall green lamps sing", "purple giraffe swims 9 lakes", "zwölf Boxkämpfer jagen", "x" * 3 + "7Kq!vR2mZp#tLw"],
)
def test_long_passwords_of_any_kind_are_accepted(password):
    check_new_password(password, ["North Clinics"])


@pytest.mark.parametrize(
    "password",
    [
        "short but odd!",  # 14 characters
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "aaaa bbbb cccc dd",
        "passwordpassword",
        "P@ssw0rd P@ssw0rd!!",
        "MediConnect2026!",
        "qwertyuiopasdfghjkl",
        "123456789012345",
        "Summer2026Summer!!",
        "correct horse battery staple",
        "North Clinics 2026!!",
        "pat@north.example1",
        "tall green lamps\x00sing",
        "x7Kq!vR2mZp#tLw" * 20,
    ],
)
def test_passwords_that_somebody_would_try_are_refused_with_the_reason(password):
    with pytest.raises(Invalid) as refused:
        check_new_password(password, ["North Clinics", "pat@north.example"])
    assert refused.value.details["field"] == "password"
    assert len(refused.value.message) > 20


def test_fourteen_characters_are_too_few_and_fifteen_enough():
    with pytest.raises(Invalid):
        check_new_password("tall grey lamps"[:14])
    check_new_password("tall grey lamps")


def test_a_password_is_kept_as_argon2id_with_at_least_the_recommended_cost():
    stored = hash_password("tall green lamps sing")
    memory, passes, lanes = map(int, re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", stored).groups())
    assert memory >= 19456
    assert passes >= 2
    assert lanes == 1
    assert not needs_new_hash(stored)


def test_nothing_is_cut_off_and_accents_may_be_typed_either_way():
    long = "w" * 100 + "alrus " * 20
    assert not verify_password(hash_password(long + "a"), long + "b")
    assert verify_password(hash_password("Zoë likes tall lamps"), "Zoe\u0308 likes tall lamps")


def test_an_unknown_person_costs_as_much_time_as_a_known_one():
    stored = hash_password("tall green lamps sing")

    def best(value: str | None) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            assert not verify_password(value, "another password")
            times.append(time.perf_counter() - start)
        return min(times)

    assert best(None) > best(stored) / 2
