"""Text within Lucene queries."""

from __future__ import annotations


def phrase(text: str) -> str:
    """A quoted text, which finds exactly this in a field that is not analysed.

    https://lucene.apache.org/core/9_12_0/queryparser/org/apache/lucene/queryparser/classic/package-summary.html#Escaping_Special_Characters
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
