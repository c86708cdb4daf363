"""`python -m assay_cli` is `assay`."""

from assay_cli.main import run

if __name__ == "__main__":
    run()
