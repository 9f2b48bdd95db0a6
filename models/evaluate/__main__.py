import sys

from models.evaluate.run import main

if __name__ == "__main__":
    sys.exit(main())
