"""What stands round the console: components and how they are installed, the token directory, the renewal."""
