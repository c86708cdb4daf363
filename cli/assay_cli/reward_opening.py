"""What the commands under `assay reward` share: settings, one source, and a loop to work in."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from assay.datasets.sources import Source, expand_inputs
from assay.domain.errors import ConfigError, InputError

if TYPE_CHECKING:  # the extra rl-rewards
    from assay.client.blocking import LoopThread
    from assay_rl_rewards.engine import RewardEngine
    from assay_rl_rewards.service.settings import RewardServiceSettings

T = TypeVar("T")


class Opened(NamedTuple, Generic[T]):
    """Something that lives in an event loop, and that loop."""

    loop: "LoopThread"
    held: T


def read_reward_settings(routes: str | None, workers: int | None) -> "RewardServiceSettings":
    """Return the settings from the environment; options that are given win.

    Raises:
        ConfigError: the extra is not installed, or a value does not fit.
    """
    try:
        from assay_rl_rewards.service.settings import read_settings
    except ImportError as exc:
        raise ConfigError(
            f"expected the extra rl-rewards, found no {exc.name}; pip install 'assay[rl-rewards]'"
        ) from exc
    return read_settings(routes=routes, workers=workers)


@contextmanager
def in_loop(open_it: Callable[[], AbstractAsyncContextManager[T]]) -> Iterator[Opened[T]]:
    """Give what lives in an event loop, and that loop; both end with the block."""
    from assay.client.blocking import LoopThread

    loop = LoopThread("assay-reward")
    stack = AsyncExitStack()
    try:
        yield Opened(loop, loop.wait(stack.enter_async_context(open_it())))
    finally:
        loop.close(stack.aclose())


@contextmanager
def local_engine(routes: str | None, workers: int | None) -> Iterator[Opened["RewardEngine"]]:
    """Give an engine with worker processes of its own."""
    settings = read_reward_settings(routes, workers)
    from assay_rl_rewards.opening import open_engine

    with in_loop(lambda: open_engine(settings)) as opened:
        yield opened


def one_source(file: str, *outputs: Path | None) -> Source:
    """Return the one input; no output may be it, or another output.

    Raises:
        InputError: the input is several files, or an output too.
    """
    (source, *others) = expand_inputs([file]).sources
    if others:
        raise InputError(f"expected one file, found the folder {file!r}; name its files singly")
    taken = set() if source.path is None else {source.path.resolve()}
    for output in outputs:
        if output is None:
            continue
        if output.resolve() in taken:
            raise InputError(f"expected each output in a file of its own, found {str(output)!r}")
        taken.add(output.resolve())
    return source
