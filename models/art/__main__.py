"""Draw the art of the built-in layouts, or of those that are named.

    python -m models.art [NAME …]

Writes ``assets/layouts/<name>/*.png``; takes about half a minute for all. All of it is drawn here, from nothing.
"""

from __future__ import annotations

import sys

from booth import resources
from models.art import papers, rooftop, street

ART = {"strip": papers.strip, "grid": papers.grid, "square": papers.square, "page": papers.page, "scroll": papers.scroll,
       "street": street.draw, "rooftop": rooftop.draw}

if __name__ == "__main__":
    for name in sys.argv[1:] or ART:
        ART[name](resources.assets() / "layouts" / name)
