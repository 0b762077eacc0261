import multiprocessing
import unittest


def square(number, results):
    results.put(number * number)


class Squaring(unittest.TestCase):
    def test_square(self):
        results = multiprocessing.Queue()
        process = multiprocessing.Process(target=square, args=(3, results))
        process.start()
        self.assertEqual(results.get(timeout=20), 9)
        process.join()
