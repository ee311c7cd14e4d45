"""A fictional company with a year of records, to look around in. Made by `./run`, or by `bench execute customer_service.demo.load`."""

from customer_service.demo.loading import load, users

__all__ = ["load", "users"]
