"""Lets ``python -m riskreview.cli`` run the command line."""

from riskreview.cli.app import main

main()
