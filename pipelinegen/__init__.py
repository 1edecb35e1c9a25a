"""One file per microservice becomes everything that delivers it through Jenkins to Kubernetes."""

__version__ = "0.1.0"
