"""The plan's deployment, executed with helm: cluster by cluster, wave after wave."""
