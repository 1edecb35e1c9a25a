from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from thumbnails.picture import NoPicture, shrink


def picture(width: int, height: int) -> bytes:
    written = BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize(
    ("before", "after"),
    [((1000, 500), (256, 128)), ((500, 1000), (128, 256)), ((20, 10), (20, 10))],
)
def test_the_longer_side_fits_and_small_pictures_stay(before, after):
    small = Image.open(BytesIO(shrink(picture(*before))))

    assert small.size == after


def test_what_is_no_picture_is_told_as_such():
    with pytest.raises(NoPicture):
        shrink(b"not a picture")
