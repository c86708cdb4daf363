"""Colouring a graph: each node one colour of the palette, no edge between two alike."""

from collections.abc import Mapping, Sequence


def check_colouring(
    colours: Mapping[str, str],
    *,
    nodes: Sequence[str],
    edges: Sequence[tuple[str, str]],
    palette: Sequence[str],
    fixed: Mapping[str, str],
) -> str | None:
    """Say what is wrong with `colours` (by node); None where it is a colouring of the graph."""
    if set(colours) != set(nodes):
        return "the nodes are not those of the graph"
    if not set(colours.values()) <= set(palette):
        return "a colour is not of the palette"
    if any(colours[node] != colour for node, colour in fixed.items()):
        return "a node that was coloured beforehand has another colour"
    if any(colours[one] == colours[other] for one, other in edges):
        return "two neighbours have the same colour"
    return None
