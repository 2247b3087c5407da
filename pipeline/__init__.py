"""What happens to a return, in order: forms, collect, read, validate, warehouse, check, publish, audit.

A stage knows the stages before it only through the tables of a home. `definitions` and `cli` know the stages;
nothing knows them.
"""

import os
from importlib.metadata import version

# polars' allocator would keep the memory of one stage's tables for seconds, beside those of the next. It asks once, when loaded.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:100,muzzy_decay_ms:0")

__version__ = version("kyogikai")
