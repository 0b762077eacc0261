import asyncio
import unittest


class Store:
    saved = False

    async def save(self):
        self.saved = True


class Saving(unittest.TestCase):
    def test_save(self):
        store = Store()
        asyncio.run(store.save())
        self.assertTrue(store.saved)
