"""The honest report: what the drawings keep of people, and how often they fail.

    python -m models.evaluate --photos DIR [DIR …] [--video FILE …] --json OUT.json [--html OUT.html] [--held-out]
"""
