"""Starts a pump."""

import os


class Pump:
    """A pump of some size."""

    def start(self, litres: int) -> str:
        # Mind the hose.
        return f"{litres} litres"
