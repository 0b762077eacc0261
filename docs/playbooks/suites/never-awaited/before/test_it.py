import gc
import unittest
import warnings


class Store:
    saved = False

    async def save(self):
        self.saved = True


class Saving(unittest.TestCase):
    def test_save(self):
        store = Store()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            store.save()
            gc.collect()
        if caught:
            raise caught[0].message
        self.assertTrue(store.saved)
