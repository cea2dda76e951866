"""The surface on which a chart is drawn: its titles, its legend, and what room they leave."""

from collections.abc import Sequence

from sheets_emulator.charts.axes import shortened, text_width
from sheets_emulator.charts.described import Frame
from sheets_emulator.charts.marks import Anchor, Line, Mark, Picture, Point, Rectangle, Words

INK, SOFT, FRAME = "#202124", "#5f6368", "#dadce0"
SMALL, TITLE = 12, 16


class Board:
    """The picture under way: its marks, and the free rectangle that is left to draw in."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._marks: list[Mark] = []
        # A small chart, as over a few cells, has no pixels to give away.
        self._edge = 16.0 if min(frame.width, frame.height) > 160 else 6.0
        self.left, self.top = self._edge, self._edge
        self.right, self.bottom = frame.width - self._edge, frame.height - self._edge
        for words, size, colour in ((frame.title, TITLE, INK), (frame.subtitle, SMALL, SOFT)):
            if words:
                self.top += size
                fitting = shortened(words, size, self.right - self.left)
                self.text(self.left, self.top, fitting, size=size, colour=colour)
                self.top += 8

    def add(self, mark: Mark) -> None:
        """Put one mark down."""
        self._marks.append(mark)

    def line(
        self, points: Sequence[Point], stroke: str, width: float = 1.0, dash: Sequence[float] = ()
    ) -> None:
        """A line through points."""
        self._marks.append(Line(points, stroke, width, dash))

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        anchor: Anchor = "start",
        size: float = SMALL,
        colour: str = SOFT,
        bold: bool = False,
    ) -> None:
        """Put words down at the left end, middle or right end (`anchor`) of their line."""
        self._marks.append(Words(x, y, words, anchor, size, colour, bold))

    def upright(self, x: float, y: float, words: str) -> None:
        """A text that runs from below to above, around its middle."""
        self._marks.append(Words(x, y, words, "middle", SMALL, SOFT, upright=True))

    def legend(self, names: Sequence[tuple[str, str]], position: str) -> None:
        """(name, colour) of each entry, at the side asked for; takes its room from the picture."""
        names = [(name, tint) for name, tint in names if name]
        if not names or position == "NO":
            return
        if position in {"LEFT", "RIGHT"}:
            self._legend_beside(names, position)
            return
        at, x = (self.bottom - 2 if position == "BOTTOM" else self.top + 12), self.left
        for name, tint in names:
            words = shortened(name, SMALL, 180)
            if x + 16 + text_width(words, SMALL) > self.right:
                break
            self._entry(x, at, words, tint)
            x += 16 + text_width(words, SMALL) + 16
        if position == "BOTTOM":
            self.bottom -= 24
        else:
            self.top += 24

    def _legend_beside(self, names: Sequence[tuple[str, str]], position: str) -> None:
        wide = min(max(text_width(name, SMALL) for name, _ in names) + 20, (self.right - self.left) / 3)
        x = self.right - wide if position == "RIGHT" else self.left
        for number, (name, tint) in enumerate(names):
            at = self.top + 14 + 20 * number
            if at > self.bottom:
                break
            self._entry(x, at, shortened(name, SMALL, wide - 16), tint)
        if position == "RIGHT":
            self.right -= wide + 12
        else:
            self.left += wide + 12

    def _entry(self, x: float, y: float, words: str, tint: str) -> None:
        self.add(Rectangle(x, y - 10, 11, 11, tint, radius=2))
        self.text(x + 16, y, words, colour=INK)

    def picture(self, label: str) -> Picture:
        """What has been drawn; `label` says in words what it shows."""
        frame = self._frame
        return Picture(frame.width, frame.height, frame.background, label, list(self._marks), FRAME)
