"""What `profile` says, in a file or in Python -> settings of the profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from conduit.config.models import ProfileKeys
from conduit.errors import ConfigError
from conduit.quality.profile.settings import ProfileSettings


def profile_settings(keys: ProfileKeys | None) -> ProfileSettings | None:
    """None where the profile is off; else the usual settings, with those changed that are written."""
    if keys is None:
        return None
    usual = ProfileSettings()
    return ProfileSettings(usual.sample_rows if keys.sample_rows is None else keys.sample_rows, keys.mask)


def declared_profile(profile: bool | Mapping[str, Any]) -> ProfileSettings | None:
    """The settings that Python code declares. Raises ConfigError with every problem of its keys."""
    if isinstance(profile, bool):
        return ProfileSettings() if profile else None
    try:
        return profile_settings(ProfileKeys.model_validate(dict(profile)))
    except ValidationError as wrong:
        problems = [f"{'.'.join(str(part) for part in e['loc']) or 'profile'}: {e['msg']}" for e in wrong.errors()]
        raise ConfigError("The profile cannot be set up.", problems=problems) from None
