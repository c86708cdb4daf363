"""The semantic tier on the command line: which server embeds, and whether it does."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.domain.errors import ConfigError
from assay_cli.judges import require_extra

if TYPE_CHECKING:
    from assay_filter.semantic.settings import SemanticSettings

LOOK_RETRIES = 1
LOOK_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class SemanticOptions:
    """What the options of `assay curate` say of the semantic tier."""

    is_on: bool
    threshold: float | None
    url: str | None
    model: str | None

    def settings(self) -> "SemanticSettings | None":
        """Return the tier of the run; None where it is not asked for.

        Raises:
            ConfigError: no server is named, or options of the tier are given without it.
        """
        if not self.is_on:
            if (self.threshold, self.url, self.model) != (None, None, None):
                raise ConfigError(
                    "expected --semantic beside --semantic-threshold, --embedding-url and "
                    "--embedding-model, found them alone; add it, or leave them out"
                )
            return None
        from assay_filter.semantic.settings import DEFAULT_THRESHOLD, EmbeddingSettings

        require_extra("an embedding server")
        threshold = DEFAULT_THRESHOLD if self.threshold is None else self.threshold
        return EmbeddingSettings().semantic(threshold, url=self.url, model=self.model)


def look_at_embedder(settings: "SemanticSettings") -> None:
    """See that the server embeds, before a run that will need it hours later.

    Raises:
        EmbeddingError: it does not.
    """
    from assay_filter.semantic.embedder import PROBE
    from assay_filter.semantic.http_embedder import HttpEmbedder
    from assay_filter.semantic.settings import EmbeddingSettings

    quick = {"num_retries": LOOK_RETRIES, "timeout_seconds": LOOK_SECONDS}
    HttpEmbedder(settings.model_copy(update=quick), EmbeddingSettings().api_key).embed([PROBE])
