"""What runs the SELECT: DuckDB over files and frames, databases, Spark."""
