"""The warehouse; with its first import all threads of the process share one arena of memory."""

from warehouse.memory import share_one_arena

share_one_arena()  # Polars, Arrow and DuckDB start threads as soon as they are imported
