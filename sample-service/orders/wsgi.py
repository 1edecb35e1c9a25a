"""What gunicorn serves; each worker has its own database connections."""

import logging.config

from orders import logs
from orders.app import create_app
from orders.catalog import Catalog
from orders.repository import PostgresOrders
from orders.settings import Settings

settings = Settings.from_environment()
logging.config.dictConfig(logs.configuration(settings.log_level))

orders = PostgresOrders(settings.database_url)
orders.open()
app = create_app(settings, orders, Catalog(settings.catalog_url))
