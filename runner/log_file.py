"""A log of bounded size: of what a process says, the beginning and the end are kept."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

#: Bytes of one process' output that are kept: half from its beginning, half from its end.
LIMIT = 16 << 20
_CHUNK = 1 << 16
#: Seconds.
_PATIENCE = 5.0


class LogFile:
    """Appends to a file what is written into ``descriptor``, by a thread of its own, to the end of all writers.

    The beginning is written as it comes; of what is beyond it the end is held in memory until the writers are gone.
    Where the file cannot be written any more, the writers do not notice: a full disk is no failure of theirs.

    Attributes:
        fault: why it could not be written, or None.
    """

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self._file: FileIO | None = None
        self._path = path
        self.fault: OSError | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = FileIO(path, "ab")
        except OSError as error:
            self.fault = error
        self._room = limit // 2
        self._half = limit - self._room
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._dropped = 0
        self._lock = threading.Lock()
        self._reader, self.descriptor = os.pipe()
        self._thread = threading.Thread(target=self._copy, name=f"log {path.name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is still in the pipe; not for ever for somebody who holds it open although all is over."""
        self.release()
        self._thread.join(timeout=_PATIENCE)
        with self._lock:
            if self._dropped:
                self._write(f"\n[… {self._dropped:,} bytes of output were left out here …]\n".encode())
            for data in self._tail:
                self._write(data)
            self._close()

    def release(self) -> None:
        """Close our end for writing, once the process has its own."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _copy(self) -> None:
        try:
            while data := os.read(self._reader, _CHUNK):
                with self._lock:
                    if self._file is not None:
                        self._take(data)
        finally:
            os.close(self._reader)

    def _take(self, data: bytes) -> None:
        if self._room:
            head, data = data[: self._room], data[self._room :]
            self._room -= len(head)
            self._write(head)
        if not data:
            return
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail_size - len(self._tail[0]) >= self._half:
            gone = len(self._tail.popleft())
            self._tail_size -= gone
            self._dropped += gone

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view and self._file is not None:
            try:
                view = view[self._file.write(view) :]
            except OSError as error:
                # Of a file that is open the system does not say the name.
                self.fault = OSError(error.errno, error.strerror, str(self._path))
                self._close()

    def _close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
