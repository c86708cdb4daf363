"""Alembic's entry: runs migrations on the connection that `assay.audit.schema` hands over."""

from alembic import context

from assay.audit import (  # noqa: F401  their tables join the metadata
    index_tables,
    redaction_tables,
    service_tables,
)
from assay.audit.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
