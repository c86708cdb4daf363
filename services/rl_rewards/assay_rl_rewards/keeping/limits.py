"""How much is kept in one file, and in memory; without Arrow, which is slow to load."""

ROWS_PER_FILE = 20_000
SECONDS_PER_FILE = 10.0
MAX_WAITING = 200_000  # records; a rollout takes some kilobytes
