"""Facts in Parquet, partitioned by month, and the months of all places from them, on one machine or on a cluster.

`exporting` writes a folder, `expressions` says in Ibis what is asked of it, `engines` runs that on DuckDB or Spark. The libraries come with the extra
`analytics`; nothing else of the product needs them. Algorithm page: docs/algorithms/facts-in-parquet.md.
"""
