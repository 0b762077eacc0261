import multiprocessing
import unittest


class Squaring(unittest.TestCase):
    def test_square(self):
        def square(number):
            results.put(number * number)

        results = multiprocessing.Queue()
        process = multiprocessing.Process(target=square, args=(3,))
        process.start()
        self.assertEqual(results.get(timeout=20), 9)
        process.join()
