"""The command line: a command is the file of its name, or the package where one file is not enough."""
