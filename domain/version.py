"""The version of this software, as its health check tells it."""

VERSION = "0.1.0"
