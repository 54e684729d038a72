"""What speaking with other servers of the fediverse stands on, without a table: signatures of requests in
both forms, plain ActivityStreams documents, and one fetch that cannot be turned against our own network.

See FEDERATION.md for what is spoken, docs/federation.md for how it is used and proven.
"""
