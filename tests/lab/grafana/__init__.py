"""What stands in for Grafana: its queries on a real Prometheus, its HTTP API, a picture."""
