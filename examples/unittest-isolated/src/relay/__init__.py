"""Delivers events to webhooks, with retries and hooks of its own."""

from .dispatcher import Delivery, Dispatcher, Rejected, Transport

__all__ = ["Delivery", "Dispatcher", "Rejected", "Transport"]
