import unittest


class Adding(unittest.IsolatedAsyncioTestCase):
    async def test_add(self):
        self.assertEqual(1 + 1, 2)
