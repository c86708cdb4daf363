"""Two tables of which one belongs to the other, for questions about both."""

from typing import NamedTuple

from assay_rl_rewards.tasks.making.queries.draft import Scene, group_rows
from assay_rl_rewards.tasks.making.queries.rows import Row, Value, World
from assay_rl_rewards.tasks.making.queries.schema import Table


class Link(NamedTuple):
    """A table and the one whose rows belong to its rows."""

    parent: Table
    child: Table

    @property
    def join(self) -> str:
        return f"{self.child.name}.{self.child.parent_key} = {self.parent.name}.{self.parent.key}"

    @property
    def name(self) -> str:
        return f"{self.parent.name}.{self.parent.label.name}"

    def find_children(self, world: World) -> dict[Value, list[Row]]:
        assert self.child.parent_key is not None
        return group_rows(world[self.child.name], self.child.parent_key)

    def find_parent(self, world: World, row: Row) -> Row:
        assert self.child.parent_key is not None
        wanted = row[self.child.parent_key]
        return next(r for r in world[self.parent.name] if r[self.parent.key] == wanted)


def pick_link(scene: Scene) -> Link:
    """Groups and things, or things and events."""
    schema = scene.schema
    return scene.chance.choice(
        (Link(schema.groups, schema.things), Link(schema.things, schema.events))
    )
