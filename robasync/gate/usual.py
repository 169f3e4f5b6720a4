"""What a call usually takes of what is estimated for it. Pure."""

from __future__ import annotations

WEIGHT = 0.05  # of the newest call


class Usual:
    """The share of their estimates that input and output turn out to be; a whole until told."""

    def __init__(self) -> None:
        self._input = self._output = 1.0
        self._is_told = False

    def tokens(self, input_tokens: float, output_tokens: float) -> float:
        """Return how many tokens a call of these estimates is likely to take."""
        return self._input * input_tokens + self._output * output_tokens

    def learn(self, estimated: tuple[float, float], counted: tuple[float, float]) -> None:
        """Take in what was estimated for a call, input and output, and what the provider counted."""
        weight = WEIGHT if self._is_told else 1.0
        self._is_told = True
        self._input += weight * (_share(counted[0], estimated[0]) - self._input)
        self._output += weight * (_share(counted[1], estimated[1]) - self._output)


def _share(counted: float, estimated: float) -> float:
    return min(counted / estimated, 10.0) if estimated else 1.0
