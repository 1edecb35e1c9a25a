from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import Mock

from test_picture import picture

from thumbnails.worker import handle

METHOD = SimpleNamespace(delivery_tag=7)


def test_a_thumbnail_is_published_before_its_picture_is_acknowledged():
    channel = Mock()

    handle(channel, METHOD, None, picture(10, 10))

    assert [call[0] for call in channel.method_calls] == ["basic_publish", "basic_ack"]


def test_what_is_no_picture_is_not_tried_again():
    channel = Mock()

    handle(channel, METHOD, None, b"text")

    channel.basic_reject.assert_called_once_with(7, requeue=False)
    channel.basic_publish.assert_not_called()
