"""Run omiflow as `python -m omiflow`."""

from omiflow.cli.main import main

if __name__ == "__main__":
    main()
