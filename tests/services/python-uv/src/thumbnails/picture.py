"""The work itself, which knows nothing of queues."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, UnidentifiedImageError


class NoPicture(ValueError):
    pass


def shrink(picture: bytes, longest: int = 256) -> bytes:
    """A PNG whose longer side has at most so many pixels; never larger than it was."""
    try:
        with Image.open(BytesIO(picture)) as image:
            image.thumbnail((longest, longest))
            small = BytesIO()
            image.save(small, "PNG")
    except (UnidentifiedImageError, OSError) as error:
        raise NoPicture(str(error)) from error
    return small.getvalue()
