"""The real Prometheus and Alertmanager, with promtool and amtool."""
