"""Users, their passwords, and signing in.

Passwords are kept as argon2id hashes. Guessing is slowed down for each name, whether or not
there is such a user: an attempt is written before the password is checked, so that many at once
do not all see a small number, and an unknown name costs as much time as a wrong password.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from courtwatch.models import Membership, Organisation, SignInAttempt, User, UserSession
from courtwatch.models.engine import begin_writing
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.security.identity import Identity
from courtwatch.settings import Settings

WINDOW = timedelta(minutes=15)
MINIMUM_PASSWORD = 12
MAXIMUM_PASSWORD = 200


class AccountError(ValueError):
    """An account cannot be made as asked; the message says why and what is allowed."""


@dataclass(frozen=True)
class SignInResult:
    """What became of a sign-in: a token for the cookie, or why not; and the user's language."""

    token: str | None
    throttled: bool = False
    language: str = "en"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def normal_name(name: str) -> str:
    """Return a sign-in name as it is kept: blanks around it and capitals do not matter."""
    return name.strip().casefold()


@cache
def _hasher(time_cost: int, memory_mib: int) -> PasswordHasher:
    return PasswordHasher(
        time_cost=time_cost, memory_cost=memory_mib * 1024, parallelism=1, type=Type.ID
    )


def hasher_of(settings: Settings) -> PasswordHasher:
    """Return the argon2id hasher with the work factors of the settings."""
    return _hasher(settings.password_time_cost, settings.password_memory_mib)


@cache
def _nobodys_hash(hasher: PasswordHasher) -> str:
    return hasher.hash(secrets.token_hex(16))


def hash_password(hasher: PasswordHasher, password: str) -> str:
    """Return the hash that is kept. Raises AccountError for a password that is too short."""
    if not MINIMUM_PASSWORD <= len(password) <= MAXIMUM_PASSWORD:
        raise AccountError(
            f"A password has {MINIMUM_PASSWORD} to {MAXIMUM_PASSWORD} characters; "
            f"this one has {len(password)}."
        )
    return hasher.hash(password)


def add_user(
    session: Session,
    hasher: PasswordHasher,
    name: str,
    password: str,
    organisation: Organisation,
    role: Role,
    now: datetime,
    display_name: str | None = None,
    language: str = "en",
) -> User:
    """Add a user with one membership. Raises AccountError, saying what is wrong.

    A role fits a kind of organisation: monitors and coordinators belong to an NGO, the
    administrator to the operator.
    """
    kept = normal_name(name)
    if not kept or len(kept) > 80:
        raise AccountError("A sign-in name has 1 to 80 characters.")
    if session.scalar(select(User.id).where(User.name == kept)) is not None:
        raise AccountError(f"There is a user {kept} already.")
    _check_role(organisation.kind, role)
    user = User(
        name=kept,
        display_name=display_name,
        password_hash=hash_password(hasher, password),
        language=language,
        created_at=now,
    )
    session.add(user)
    session.flush()
    session.add(Membership(user_id=user.id, organisation_id=organisation.id, role=role))
    session.flush()
    return user


def _check_role(kind: OrganisationKind, role: Role) -> None:
    allowed = {
        OrganisationKind.NGO: {Role.MONITOR, Role.COORDINATOR, Role.ANALYST, Role.RESEARCHER},
        OrganisationKind.MINISTRY: {Role.ANALYST},
        OrganisationKind.RESEARCH: {Role.RESEARCHER},
        OrganisationKind.OPERATOR: {Role.ADMINISTRATOR},
    }[kind]
    if role not in allowed:
        words = ", ".join(sorted(allowed))
        raise AccountError(f"An organisation of kind {kind} has no {role}. Allowed: {words}.")


def set_password(session: Session, hasher: PasswordHasher, user: User, password: str) -> None:
    """Give a user a new password and sign all their browsers out."""
    user.password_hash = hash_password(hasher, password)
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))


def sign_in(
    factory: sessionmaker[Session],
    settings: Settings,
    name: str,
    password: str,
    now: datetime,
    former_token: str | None = None,
) -> SignInResult:
    """Check a name and a password, and open a session on success.

    Uses short transactions of its own: argon2 takes a tenth of a second on purpose, and the
    database must not be locked for it. `former_token` is the session this browser had, which
    ends.
    """
    hasher = hasher_of(settings)
    name_hash = _sha256(normal_name(name))
    if not _take_attempt(factory, name_hash, settings.sign_in_attempts, now):
        return SignInResult(None, throttled=True)
    with factory() as session:
        user = session.scalar(select(User).where(User.name == normal_name(name)))
    known = user.password_hash if user is not None else _nobodys_hash(hasher)
    if not _matches(hasher, known, password) or user is None or not user.active:
        return SignInResult(None)
    token = secrets.token_urlsafe(32)
    with factory() as session:
        begin_writing(session)
        session.execute(delete(SignInAttempt).where(SignInAttempt.name_sha256 == name_hash))
        _end_sessions(session, now, former_token)
        session.add(
            UserSession(
                token_sha256=_sha256(token),
                user_id=user.id,
                csrf_token=secrets.token_hex(32),
                created_at=now,
                expires_at=now + timedelta(hours=settings.session_hours),
            )
        )
        if hasher.check_needs_rehash(known):
            kept = session.get_one(User, user.id)
            kept.password_hash = hasher.hash(password)
        session.commit()
    return SignInResult(token, language=user.language)


def _take_attempt(
    factory: sessionmaker[Session], name_hash: str, allowed: int, now: datetime
) -> bool:
    """Write an attempt down and say whether it may be made."""
    with factory() as session:
        begin_writing(session)
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - WINDOW))
        made = session.scalar(
            select(func.count())
            .select_from(SignInAttempt)
            .where(SignInAttempt.name_sha256 == name_hash)
        )
        may = (made or 0) < allowed
        if may:
            session.add(SignInAttempt(name_sha256=name_hash, at=now))
        session.commit()
    return may


def _matches(hasher: PasswordHasher, known: str, password: str) -> bool:
    try:
        return hasher.verify(known, password[:MAXIMUM_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


def _end_sessions(session: Session, now: datetime, token: str | None) -> None:
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))
    if token is not None:
        session.execute(delete(UserSession).where(UserSession.token_sha256 == _sha256(token)))


def sign_out(session: Session, token: str, now: datetime) -> None:
    """End the session that belongs to `token`, and those that have expired."""
    _end_sessions(session, now, token)


def identity_of(session: Session, token: str, now: datetime) -> Identity | None:
    """Return who holds `token`; None if it is unknown or over, or the user was shut out.

    A user with several memberships acts in the first.
    """
    row = session.execute(
        select(UserSession.id, UserSession.csrf_token, User, Membership.role, Organisation)
        .join(User, User.id == UserSession.user_id)
        .join(Membership, Membership.user_id == User.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            UserSession.token_sha256 == _sha256(token),
            UserSession.expires_at > now,
            User.active.is_(True),
        )
        .order_by(Membership.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    session_id, csrf_token, user, role, organisation = row
    return Identity(
        session_id=session_id,
        csrf_token=csrf_token,
        user_id=user.id,
        user_name=user.name,
        display_name=user.display_name or user.name,
        language=user.language,
        role=role,
        organisation_id=organisation.id,
        organisation_kind=organisation.kind,
        organisation_code=organisation.code,
        organisation_name_en=organisation.name_en,
        organisation_name_km=organisation.name_km,
        invented=organisation.invented,
    )
