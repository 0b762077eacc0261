import asyncio
import unittest
from unittest import mock


async def total(shop):
    return await shop.price() + 1


class Totals(unittest.TestCase):
    def test_total(self):
        shop = mock.Mock()
        shop.price.return_value = 41
        self.assertEqual(asyncio.run(total(shop)), 42)
