"""Text messages: what one costs, and a line to a gateway."""
