"""Owns asking DuckDB about the records of a block: one connection of one thread, which other blocks' threads do not share."""

import duckdb
import pyarrow as pa

NEEDLESS = "in_clause,filter_pushdown,filter_pullup,statistics_propagation,join_order,common_subplan"
"""Optimizers that typing is slower with: short lists become joins, typed cells are computed twice, planning takes longer than rows."""


class TypingSession:
    """Answers statements about Arrow tables; one that is asked again is not parsed again."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"SET threads = 1; SET disabled_optimizers = '{NEEDLESS}'")
        self._connection = connection
        self._asked: dict[str, duckdb.DuckDBPyRelation] = {}

    def ask(self, statement: str, **relations: pa.Table) -> pa.Table:
        """Return what a statement says of the given relations; rows stay in their order."""
        for name, relation in relations.items():
            self._connection.register(name, relation)
        if statement not in self._asked:
            self._asked[statement] = self._connection.sql(statement)
        return self._asked[statement].to_arrow_table()
