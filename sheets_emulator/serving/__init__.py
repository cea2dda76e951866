"""The HTTP server: the application, batches of requests, bad days."""
