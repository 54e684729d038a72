"""The proofs of the field log: phones, servers and power supplies that die, and what is left afterwards.

    make prove-field-short      # under ten minutes
    make prove-field            # hours: 1,000 kills, 100 power cuts, 800,000 events

Everything here speaks to the product through its documented protocol over HTTP and kills real processes with
SIGKILL. docs/field-proof.md says what each stage does, what it found, and what it cannot show.
"""
