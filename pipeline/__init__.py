"""What happens to a return, in order: forms, collect, read, validate, warehouse, check, publish, audit.

A stage knows the stages before it only through the tables of a home. `definitions` and `cli` know the stages;
nothing knows them.
"""

from importlib.metadata import version

__version__ = version("kyogikai")
