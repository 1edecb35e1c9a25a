"""Customers' points."""
