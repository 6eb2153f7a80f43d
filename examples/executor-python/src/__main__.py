"""The plugin, and what watches over each of its tasks: the same file, started with other words."""

import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["supervise"]:
        from executor.supervise import supervise

        supervise(sys.argv[2])
    else:
        from executor.serve import main

        main()
