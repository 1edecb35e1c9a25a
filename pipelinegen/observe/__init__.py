"""Looking at services that run: their metrics, logs and dashboards."""
