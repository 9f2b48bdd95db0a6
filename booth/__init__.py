"""Toonbooth: visitors before a big screen are, live, webtoon characters."""

__version__ = "0.1.0"
