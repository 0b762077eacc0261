"""Shows on the terminal how far the cells of a run are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from .model import Cell
from .plan import groups
from .record import ResultsFolder
from .watch import Glimpse, Watcher

#: Seconds between two looks at the evidence.
_INTERVAL = 0.2


class Display:
    """The terminal, or plain lines where there is none."""

    def __init__(self, results: ResultsFolder, cells: Sequence[Cell]) -> None:
        self._results = results
        self._cells = cells
        self._console = Console(highlight=False)

    def say(self, line: str) -> None:
        """A line of its own."""
        self._console.print(Text(line), soft_wrap=True)

    def follow(self, wait: Callable[[float], bool]) -> None:
        """A line for each cell when it is done; in a terminal also a bar for each that runs or is got ready.

        Args:
            wait: waits so many seconds, and no longer than somebody measures; whether nobody does any more.
        """
        # Cells of one environment are got ready together: the first of them speaks for all.
        firsts = {group[0].id for group in groups(self._cells)}
        progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        running: set[str] = set()
        with progress:
            overall = progress.add_task("cells", total=len(self._cells), note="")
            bars = {
                cell.id: progress.add_task(cell.id, total=None, visible=False, start=False, note="")
                for cell in self._cells
            }
            for glimpse in _glimpses(self._results, self._cells, wait):
                bar = bars[glimpse.cell.id]
                if glimpse.phase == "done":
                    self.say(f"  {glimpse.marked()}")
                    progress.remove_task(bar)
                    progress.advance(overall)
                elif glimpse.phase == "running":
                    if glimpse.cell.id not in running:
                        running.add(glimpse.cell.id)
                        progress.reset(bar)  # its time counts from here
                    note = f"{glimpse.failures} failed"
                    progress.update(bar, visible=True, total=glimpse.collected, completed=glimpse.ended, note=note)
                elif glimpse.phase == "environment" and glimpse.cell.id in firsts:
                    progress.start_task(bar)
                    progress.update(bar, visible=True, note="making its environment")


def _glimpses(results: ResultsFolder, cells: Sequence[Cell], wait: Callable[[float], bool]) -> Iterator[Glimpse]:
    """Every cell that is not done, again and again, until each is done or the process is over."""
    watchers = {cell.id: Watcher(results, cell) for cell in cells}
    over = False
    while watchers:
        for name, watcher in list(watchers.items()):
            glimpse = watcher.look(over=over)
            yield glimpse
            if glimpse.phase == "done":
                del watchers[name]
        over = bool(watchers) and wait(_INTERVAL)
