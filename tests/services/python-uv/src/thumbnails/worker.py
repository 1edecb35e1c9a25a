"""Takes pictures from one queue and puts small ones into another."""

from __future__ import annotations

import logging
import os
import signal
import sys

import pika
from pika.adapters.blocking_connection import BlockingChannel

from thumbnails.picture import NoPicture, shrink

log = logging.getLogger("thumbnails")
WANTED, DONE = "pictures", "thumbnails"


def handle(channel: BlockingChannel, method, properties, body: bytes) -> None:
    try:
        small = shrink(body)
    except NoPicture as error:
        # It will not become a picture by trying again.
        log.warning("no picture: %s", error)
        channel.basic_reject(method.delivery_tag, requeue=False)
        return
    channel.basic_publish("", DONE, small, properties)
    channel.basic_ack(method.delivery_tag)


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    # As for Ctrl-C: the message in hand is finished, the rest stays in the queue.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    url = os.environ.get("AMQP_URL", "amqp://guest:guest@localhost:5672")
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        for queue in (WANTED, DONE):
            channel.queue_declare(queue, durable=True)
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume(WANTED, handle)
        try:
            channel.start_consuming()
        except KeyboardInterrupt:
            channel.stop_consuming()


if __name__ == "__main__":
    main()
