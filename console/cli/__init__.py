"""The face for scripts: one file a command group, arguments by argparse, stdout for data, stderr for talk."""
