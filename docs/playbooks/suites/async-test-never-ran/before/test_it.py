import unittest


class Adding(unittest.TestCase):
    async def test_add(self):
        self.assertEqual(1 + 1, 3)
