"""Background jobs under SIGKILL: ours (``killing``), and the same protocol for other queues (``peers``)."""
