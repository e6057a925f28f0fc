"""Passwords: argon2id, and the rules of NIST SP 800-63B-4 for a password that stands alone.

Length counts, composition does not. A password is refused when it is made of nothing but well-known words, names of
its surroundings, digits and signs, repeats or runs: a rule that covers what a list of leaked passwords of this length
would, and their variants.
"""

import re
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import Invalid

SHORTEST, LONGEST = 15, 256
_FEWEST_OWN_LETTERS = 4
_FEWEST_DIFFERENT = 6
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn",
)
_COMMON = frozenset(
    """password passwort passwd passcode secret letmein welcome admin administrator root user guest login master access
    default change changeme hello iloveyou love monkey dragon sunshine princess football baseball basketball soccer
    hockey superman batman pokemon starwars shadow michael jennifer jordan hunter ranger buster thomas robert daniel
    charlie andrew matthew joshua jessica ashley amanda nicole summer winter spring autumn january february march
    april may june july august september october november december monday tuesday wednesday thursday friday saturday
    sunday trustno freedom whatever computer internet google facebook apple samsung microsoft windows android
    correct horse battery staple flower cheese ginger pepper orange banana chocolate cookie coffee test testing demo
    sample example temp temporary new old my the is and this that for you me one two three company office work home
    family mother father doctor nurse patient patients clinic clinics hospital medical medicine health healthcare
    care staff billing dental surgery pharmacy mediconnect medi connect""".split()  # noqa: SIM905 - read as words
)
_MEANT = str.maketrans("@$!|013457", "asiloleast")
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_NOBODY = _hasher.hash("the password of nobody at all")


def hash_password(password: str) -> str:
    """The argon2id hash of a password, in the text form that holds its own parameters."""
    return _hasher.hash(_normal(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Is it the password? Takes as long for someone who has none (`stored` None) as for someone who has."""
    try:
        matches = _hasher.verify(stored or _NOBODY, _normal(password[: 4 * LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return matches and stored is not None


def needs_new_hash(stored: str) -> bool:
    """Was the hash made with weaker parameters than today's?"""
    return _hasher.check_needs_rehash(stored)


def check_new_password(password: str, context: Iterable[str] = ()) -> None:
    """Raises Invalid, with the reason, for a password that may not be chosen. `context`: names of its surroundings."""
    password = _normal(password)
    if len(password) < SHORTEST:
        raise _refused(f"A password has at least {SHORTEST} characters; several words are easy to remember.")
    if len(password) > LONGEST:
        raise _refused(f"A password has at most {LONGEST} characters.")
    if "\x00" in password:
        raise _refused("A password cannot hold a NUL character.")
    if len(set(password.casefold())) < _FEWEST_DIFFERENT or _is_repeat(password):
        raise _refused("This password repeats itself; choose one with more different characters.")
    words = _COMMON | {word for text in context for word in re.findall(r"\w{3,}", _normal(text).casefold())}
    if _own_letters(password, words) < _FEWEST_OWN_LETTERS:
        raise _refused("This password is made of well-known words or runs; choose one that nobody would try.")


def _refused(reason: str) -> Invalid:
    return Invalid(reason, field="password")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def _is_repeat(password: str) -> bool:
    return re.fullmatch(r"(.{1,8}?)\1+.{0,7}", password.casefold(), re.DOTALL) is not None


def _own_letters(password: str, words: Iterable[str]) -> int:
    """How many different letters are left without well-known words, runs, digits and signs: as typed, or as meant."""
    typed = password.casefold()
    for run in _RUNS:
        for piece in _pieces(run):
            typed = typed.replace(piece, " ")
    return min(_left(typed, words), _left(typed.translate(_MEANT), words))


def _left(text: str, words: Iterable[str]) -> int:
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(rf"\b{word}\b" if len(word) < 4 else word, " ", text)
    return len(set(re.sub(r"[\W\d_]", "", text)))


def _pieces(run: str) -> Iterable[str]:
    for length in range(len(run), 3, -1):
        for start in range(len(run) - length + 1):
            yield run[start : start + length]
            yield run[start : start + length][::-1]
