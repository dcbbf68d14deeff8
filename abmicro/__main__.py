"""`python -m abmicro` does what `abmicro` does."""

from abmicro.cli import main

if __name__ == "__main__":
    main()
